import { FhirError } from '#fhir';
import { type Criterion, parseSearch, type ParsedSearch, type SearchValue } from '#fhir-search';
import type { AuditQuery } from '#fhir-store';
import { preferOf } from '../headers.js';
import type { FhirRequest } from '../operation.js';
import { recordPlace } from '../records/record-id.js';
import type { Serving } from '../serving.js';
import { clientSystem, personSystem } from './audit-event.js';

/** Parameters by which the audit is searched. */
export const auditParameters = [
  '_id',
  '_lastUpdated',
  'action',
  'agent',
  'date',
  'entity',
  'outcome',
  'patient',
] as const;

/** What a search of the audit asks for. */
export function auditQueryOf(
  request: FhirRequest,
  { baseUrl, limits, auditing }: Serving,
): ParsedSearch & { sought: AuditQuery } {
  const { lenient } = preferOf(request.headers);
  const parsed = parseSearch('AuditEvent', request.query, {
    lenient,
    baseUrl,
    maxCount: Math.min(limits.pageCount, 100),
  });
  const { criteria, includes, sort } = parsed.query;
  if (includes.length > 0) throw unknown('The audit includes nothing: what its entries name is read by itself.');
  const isNewestFirst = sort.every(({ parameter, descending }) => descending && isTime(parameter.code));
  if (!isNewestFirst) throw unknown('The audit is told newest first; leave _sort out.');
  const sought = criteria.map((criterion) => partOf(criterion, (entity) => auditing.namesOf(entity)));
  return { ...parsed, sought: sought.reduce<AuditQuery>(merged, {}) };
}

function isTime(code: string): boolean {
  return code === 'date' || code === '_lastUpdated';
}

function partOf(criterion: Criterion, namesOf: (entity: string) => string[]): AuditQuery {
  if (!('parameter' in criterion)) throw unknown('The audit is not searched through other resources.');
  const { parameter, modifier, missing, values } = criterion;
  const { code } = parameter;
  if (modifier === 'identifier' && code === 'agent') return agentOf(values);
  if (missing !== undefined || modifier !== undefined) throw unknown(`'${code}' of the audit takes no such modifier.`);
  if (isTime(code)) return { times: [values.flatMap((value) => (value.type === 'date' ? [value] : []))] };
  const part = parts[code];
  if (!part) throw unknown(`The audit is searched by ${auditParameters.join(', ')}.`);
  return part(values.flatMap(textOf), namesOf);
}

const parts: Readonly<Partial<Record<string, (texts: string[], namesOf: (entity: string) => string[]) => AuditQuery>>> =
  {
    _id: (ids) => ({ ids }),
    patient: (texts) => ({ patients: texts.map((text) => (text.includes('/') ? text : `Patient/${text}`)) }),
    entity: (texts, namesOf) => ({ entities: texts.flatMap(namesOf) }),
    action: (actions) => ({ actions }),
    outcome: (outcomes) => ({ outcomes }),
    agent: (texts) => ({ organisations: texts.flatMap(organisationIn) }),
  };

function agentOf(values: readonly SearchValue[]): AuditQuery {
  const tokens = values.flatMap((value) => (value.type === 'token' ? [value] : []));
  const isPerson = tokens.some(({ system }) => system === personSystem);
  if (tokens.some(({ system }) => system !== undefined && system !== (isPerson ? personSystem : clientSystem)))
    throw unknown(`An agent's identifier is ${clientSystem}|<client> or ${personSystem}|<person>.`);
  const named = tokens.flatMap(({ value }) => value ?? []);
  return isPerson ? { persons: named } : { clients: named };
}

function organisationIn(reference: string): string[] {
  const [type, id] = reference.split('/');
  return type === 'Organization' && id !== undefined ? [id] : [];
}

function textOf(value: SearchValue): string[] {
  return 'value' in value ? [value.value ?? ''] : [];
}

/** Times may be asked for twice, from and until; of all else one parameter holds all that may be met. */
function merged(query: AuditQuery, { times, ...part }: AuditQuery): AuditQuery {
  if (Object.keys(part).some((name) => name in query))
    throw unknown('Each parameter of the audit but date is given once; several values stand between commas.');
  return { ...query, ...part, ...(times ? { times: [...(query.times ?? []), ...times] } : {}) };
}

/** The ids of one service among those that are sought; undefined where none are sought. */
export function idsIn(service: string, { ids }: AuditQuery): string[] | undefined {
  return ids?.flatMap((id) => {
    const place = recordPlace(id);
    return place?.service === service ? [place.id] : [];
  });
}

function unknown(diagnostics: string): FhirError {
  return FhirError.of('not-supported', diagnostics, { status: 400 });
}
