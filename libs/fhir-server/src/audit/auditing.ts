import { createHmac } from 'node:crypto';
import type { Caller } from '#auth';
import { stringifyJson } from '#fhir';
import { searchParameter } from '#fhir-search';
import {
  type Act,
  askedOfRequest,
  type AuditedRequest,
  type AuditNote,
  type FhirStore,
  patientsIn,
  resourcesIn,
} from '#fhir-store';
import type { Faces } from '../faces.js';
import type { Headers } from '../headers.js';
import { nhsdHeadersOf } from '../nhsd-headers.js';
import type { FhirResponse } from '../operation.js';
import type { Route } from '../route.js';
import { Sparing } from './sparing.js';
import { type Target, targetOf } from './target.js';

/** A request as far as the audit wants to know it. */
export interface Asked {
  caller?: Caller;
  /** Absent where it was refused before its address was understood. */
  route?: Route;
  query: URLSearchParams;
  headers: Headers;
}

/** The ids that a request bears. */
export type Ids = Pick<Act, 'requestId' | 'correlationId'>;

/** Purposes of use that a caller may give. https://terminology.hl7.org/ValueSet-v3-PurposeOfUse.html */
const purposes = /^(TREAT|ETREAT|CAREMGT|COORD|HOPERAT|PATADMIN|PATRQT|HQUALIMP|POPHLTH|PUBHLTH|HRESCH|SRVC|SYSADMIN)$/;
export const purposeHeader = 'x-purpose-of-use';

/** Enters in the audit what was answered and what was refused, before anybody is told. */
export class Auditing {
  readonly #sparing = new Sparing();

  /** `secret` is the key of digests that stand for what must not be read: whoever has it can tell whether something was asked. */
  constructor(
    private readonly faces: Faces,
    private readonly secret: string,
  ) {}

  /** What a request adds to the acts that it leads to. */
  requestOf({ caller, route, query, headers }: Asked & { caller: Caller; route: Route }): AuditedRequest {
    const purpose = headers[purposeHeader] ?? '';
    return {
      role: caller.role,
      ...(caller.user === undefined ? {} : { person: caller.user }),
      ...this.#soughtBy(query, route),
      ...(purposes.test(purpose) ? { purpose } : {}),
      ...nhsdOf(headers),
    };
  }

  #soughtBy(query: URLSearchParams, route: Route | undefined): Pick<AuditedRequest, 'target' | 'query'> {
    const { type, id } = route ? targetOf(route) : {};
    return {
      ...(type === undefined ? {} : { target: id === undefined ? type : `${type}/${id}` }),
      ...(query.size === 0 ? {} : { query: `${namesIn(query, route)}~${this.#digest(query.toString())}` }),
    };
  }

  /** Resolves when it is entered, throws where it cannot be: then nothing of the answer may leave. */
  async answered(act: Act, route: Route, response: FhirResponse): Promise<void> {
    // What was written stands in the audit together with it.
    if (act.request?.isWritten === true && response.status < 400) return;
    const { agent, organisation = null, interaction, requestId = null, correlationId, request = {} } = act;
    await this.#storeOf(route)?.audit.notes.write({
      agent,
      organisation,
      ...askedOfRequest(isFound(response) ? request : this.#inVain(request)),
      interaction,
      status: response.status,
      ...shownIn(response, route),
      requestId,
      correlationId,
    });
  }

  /** The same of a refusal. Of those that a flood of requests brings, one a second of each kind and client is entered. */
  async refused(asked: Asked, status: number, ids: Ids): Promise<void> {
    const { caller, route } = asked;
    const agent = caller?.client ?? 'anonymous';
    if (this.#sparing.spares(agent, status)) return;
    await this.#storeOf(route)?.audit.notes.write({
      agent,
      organisation: caller?.organisation ?? null,
      ...askedOfRequest(this.#refusedRequestOf(asked)),
      interaction: route ? interactionOf(route) : 'unknown',
      status,
      entities: [],
      patients: [],
      requestId: ids.requestId ?? null,
      correlationId: ids.correlationId,
    });
  }

  #refusedRequestOf({ caller, route, query, headers }: Asked): Partial<AuditedRequest> {
    if (caller && route) return this.#inVain(this.requestOf({ caller, route, query, headers }));
    return this.#inVain({ ...(caller ? { role: caller.role } : {}), ...this.#soughtBy(query, route) });
  }

  /** What was asked for in vain may be anything, even a patient's number: it stands there as a keyed digest only. */
  #inVain({ target, query, ...request }: Partial<AuditedRequest>): Partial<AuditedRequest> {
    const [type = '', id] = target?.split('/') ?? [];
    const place = id === undefined || isMadeHere(id) ? target : `${type}/${this.#digestOfId(id)}`;
    return {
      ...request,
      ...(place === undefined ? {} : { target: place }),
      ...(query === undefined ? {} : { query: query.slice(query.indexOf('~')) }),
    };
  }

  /** How an entity is named in entries: as it is, and as it stands where it was asked for in vain. */
  namesOf(entity: string): string[] {
    const [type = '', id] = entity.split('/');
    return id === undefined ? [entity] : [entity, `${type}/${this.#digestOfId(id)}`];
  }

  /** What stands for an id that was asked for in vain. */
  #digestOfId(id: string): string {
    return `~${this.#digest(id)}`;
  }

  #digest(text: string): string {
    return createHmac('sha256', this.secret).update(text).digest('base64url').slice(0, 22);
  }

  /** Beside what was asked for; what has no owner here is noted by the first service of the process. Without one, nothing is here to be seen. */
  #storeOf(route: Route | undefined): FhirStore | undefined {
    const type = route && targetOf(route).type;
    const served = (type === undefined ? undefined : this.faces.typeNamed(type)) ?? this.faces.types[0];
    return served?.face.store;
  }
}

export function interactionOf(route: Route): string {
  if (route.interaction === 'operation') return `$${route.operation.definition.code}`;
  return route.interaction.replace(/^(search|read)-.*$/, '$1');
}

/** A UUID: nobody's number. */
function isMadeHere(id: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
}

/** Each once. A name that nobody gave to a parameter could be anything. */
function namesIn(query: URLSearchParams, route: Route | undefined): string {
  const names = [...query.keys()].map((name) => (isKnown(name, route) ? name : '?'));
  return [...new Set(names)].sort().join(',');
}

const ofEveryType =
  /^_(at|count|cursor|elements|format|has|include|list|pretty|revinclude|since|sort|summary|total|type)$/;

function isKnown(name: string, route: Route | undefined): boolean {
  if (!route || !/^[A-Za-z_][A-Za-z_:.-]{0,99}$/.test(name)) return false;
  const [code = ''] = name.split(/[:.]/);
  const isOfOperation =
    route.interaction === 'operation' &&
    route.operation.definition.parameters?.some((one) => one.name === code) === true;
  return isOfOperation || ofEveryType.test(code) || searchParameter(targetOf(route).type ?? '', code) !== undefined;
}

/** Neither refused, nor accepted and yet to be looked for. */
function isFound({ status }: FhirResponse): boolean {
  return status < 400 && status !== 202;
}

function shownIn(response: FhirResponse, route: Route): Pick<AuditNote, 'entities' | 'patients'> {
  const { content, resource, bytes } = response;
  const own = isFound(response) ? referencesOf(targetOf(route), response) : [];
  const text = content ?? (resource ? stringifyJson(resource) : undefined);
  if (text === undefined || bytes) return { entities: own, patients: patientsAmong(own) };
  // The entries of a batch have entries of their own; a job's answer is a batch's, and shows what it found only now.
  const isBatch =
    route.interaction === 'transaction' && text.startsWith('{"resourceType":"Bundle","type":"batch-response"');
  const entities = isBatch ? [] : resourcesIn(text);
  return {
    entities: entities.length > 0 ? entities : own,
    patients: [...new Set([...patientsAmong(own), ...patientsIn(text)])],
  };
}

/** Of an address that names a resource, that. */
function referencesOf({ type, id }: Target, { headers }: FhirResponse): string[] {
  if (type === undefined || id === undefined) return [];
  const version = /^W\/"(\d{1,9})"$/.exec(headers?.['etag'] ?? '')?.[1];
  return [version === undefined ? `${type}/${id}` : `${type}/${id}/_history/${version}`];
}

function patientsAmong(references: readonly string[]): string[] {
  return references.flatMap((reference) => /^Patient\/[^/]+/.exec(reference)?.[0] ?? []);
}

function nhsdOf(headers: Headers): { nhsd?: string } {
  const said = nhsdHeadersOf(headers);
  return Object.keys(said).length === 0 ? {} : { nhsd: JSON.stringify(said) };
}
