import { createHmac } from 'node:crypto';
import type { Caller } from '#auth';
import { stringifyJson } from '#fhir';
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
    const { type, id } = targetOf(route);
    return {
      role: caller.role,
      ...(caller.user === undefined ? {} : { person: caller.user }),
      ...(type === undefined ? {} : { target: id === undefined ? type : `${type}/${id}` }),
      ...(query.size === 0 ? {} : { query: `${namesIn(query)}~${this.#digest(query.toString())}` }),
      ...(purposes.test(purpose) ? { purpose } : {}),
      ...nhsdOf(headers),
    };
  }

  /** Resolves when it is entered, throws where it cannot be: then nothing of the answer may leave. */
  async answered(act: Act, route: Route, response: FhirResponse): Promise<void> {
    // What was written stands in the audit together with it.
    if (act.request?.isWritten === true && response.status < 400) return;
    const { agent, organisation = null, interaction, requestId = null, correlationId } = act;
    await this.#storeOf(route)?.audit.notes.write({
      agent,
      organisation,
      ...askedOfRequest(act.request),
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

  /** What was asked for in vain may be anything, even a patient's number: it stands there as a keyed digest only. */
  #refusedRequestOf({ caller, route, query, headers }: Asked): Partial<AuditedRequest> {
    const whole = caller && route ? this.requestOf({ caller, route, query, headers }) : { role: caller?.role };
    const target = route && this.#targetInVain(targetOf(route));
    const asked = query.size === 0 ? undefined : `~${this.#digest(query.toString())}`;
    return Object.fromEntries(
      Object.entries({ ...whole, target, query: asked }).filter(([, value]) => value !== undefined),
    );
  }

  #targetInVain({ type, id }: Target): string | undefined {
    if (type === undefined || id === undefined) return type;
    return `${type}/${isMadeHere(id) ? id : this.#digestOfId(id)}`;
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

/** Each once. A name that is none of a parameter could be anything. */
function namesIn(query: URLSearchParams): string {
  const names = [...query.keys()].map((name) => (/^[A-Za-z_][A-Za-z_:.-]{0,99}$/.test(name) ? name : '?'));
  return [...new Set(names)].sort().join(',');
}

function shownIn(
  { status, content, resource, bytes, headers }: FhirResponse,
  route: Route,
): Pick<AuditNote, 'entities' | 'patients'> {
  const { type, id } = targetOf(route);
  const own = type !== undefined && id !== undefined && status < 400 ? [referenceOf({ type, id }, headers)] : [];
  const text = content ?? (resource ? stringifyJson(resource) : undefined);
  if (text === undefined || bytes) return { entities: own, patients: patientsAmong(own) };
  // The entries of a batch have entries of their own.
  const entities = text.startsWith('{"resourceType":"Bundle","type":"batch-response"') ? [] : resourcesIn(text);
  return {
    entities: entities.length > 0 ? entities : own,
    patients: [...new Set([...patientsAmong(own), ...patientsIn(text)])],
  };
}

function referenceOf({ type, id }: Required<Target>, headers: Readonly<Record<string, string>> = {}): string {
  const version = /^W\/"(\d{1,9})"$/.exec(headers['etag'] ?? '')?.[1];
  return version === undefined ? `${type}/${id}` : `${type}/${id}/_history/${version}`;
}

function patientsAmong(references: readonly string[]): string[] {
  return references.flatMap((reference) => /^Patient\/[^/]+/.exec(reference)?.[0] ?? []);
}

function nhsdOf(headers: Headers): { nhsd?: string } {
  const said = nhsdHeadersOf(headers);
  return Object.keys(said).length === 0 ? {} : { nhsd: JSON.stringify(said) };
}
