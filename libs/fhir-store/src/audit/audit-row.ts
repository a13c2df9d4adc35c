import { createHash, randomUUID } from 'node:crypto';
import type { Act, Stored } from '../stored.js';
import type { AuditedRequest } from './audited-request.js';
import { patientsIn, patientsOfIds } from './references-in.js';

/** What the audit keeps of one act or request: ids, codes and times, never content and never a name. */
export interface AuditRow {
  id: string;
  recorded: Date;
  /** Client id, or the service that acted by itself. */
  agent: string;
  organisation: string | null;
  role: string | null;
  /** Who signed in, by the subject that the issuer gave. */
  person: string | null;
  interaction: string;
  /** HTTP status of the answer; null for what was committed before there was an answer. */
  status: number | null;
  /** What was asked for: `Task`, `Task/1`. */
  target: string | null;
  /** Names of the parameters and a keyed digest of the whole. */
  query: string | null;
  /** A code of v3-PurposeOfUse that the caller gave. */
  purpose: string | null;
  /** JSON of the ids in the NHSD headers: organisation, software, role. */
  nhsd?: string | null;
  /** References with their versions: what was written, or shown. */
  entities: readonly string[];
  /** `Patient/1` of everyone whose record was written or shown. */
  patients: readonly string[];
  requestId: string | null;
  correlationId: string;
  /** Stands in the statement that wrote the entities. */
  wrote: boolean;
  digest: Buffer;
}

/** A version, and of one that says nothing of it whom it is about. */
type Written = Stored & { persons?: readonly string[] | undefined };

/** The row of a commit. */
export function auditRowOf(act: Act, versions: readonly Written[], recorded: Date): AuditRow {
  const { agent, interaction, correlationId, organisation = null, requestId = null, request } = act;
  return sealedRow({
    recorded,
    agent,
    organisation,
    ...asked(request),
    interaction,
    status: null,
    entities: versions.map((stored) => `${stored.type}/${stored.id}/_history/${String(stored.version)}`),
    patients: patientsOf(versions),
    requestId,
    correlationId,
    wrote: true,
  });
}

/** What a request says of itself, as a row has it. */
export function asked(
  request: Partial<AuditedRequest> = {},
): Pick<AuditRow, 'role' | 'person' | 'target' | 'query' | 'purpose' | 'nhsd'> {
  const { role, person, target, query, purpose, nhsd } = request;
  return {
    role: role ?? null,
    person: person ?? null,
    target: target ?? null,
    query: query ?? null,
    purpose: purpose ?? null,
    nhsd: nhsd ?? null,
  };
}

/** Gives a row its id and its digest. */
export function sealedRow(row: Omit<AuditRow, 'id' | 'digest'>): AuditRow {
  const whole = { id: randomUUID(), ...row };
  return { ...whole, digest: digestOf(whole) };
}

/** The edition of a digest that is made now. */
export const digestEdition = 2;

/** SHA-256 of a row in an order that never changes; rows of an earlier edition keep theirs. */
export function digestOf(row: Omit<AuditRow, 'digest'>, edition: number = digestEdition): Buffer {
  const { id, agent, organisation, interaction, entities, requestId, correlationId } = row;
  const recorded = row.recorded.toISOString();
  const first = [id, recorded, agent, organisation, interaction, entities, requestId, correlationId];
  const { role, person, status, target, query, purpose, patients, wrote } = row;
  // Most requests bear no such header, and their digests are as before there was a place for it.
  const more = typeof row.nhsd === 'string' ? [row.nhsd] : [];
  const second = [edition, ...first, role, person, status, target, query, purpose, patients, wrote, ...more];
  return createHash('sha256')
    .update(JSON.stringify(edition === 1 ? first : second))
    .digest();
}

function patientsOf(versions: readonly Written[]): string[] {
  const ids = versions.flatMap(({ type, id, persons = [] }) => (type === 'Patient' ? [id, ...persons] : persons));
  return [...new Set([...patientsOfIds(ids), ...versions.flatMap(({ content }) => patientsIn(content))])].sort();
}
