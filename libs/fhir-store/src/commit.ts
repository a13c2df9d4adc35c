import { createHash, randomUUID } from 'node:crypto';
import type { FhirResource } from 'fhir/r4';
import { plainEventType } from '#events';
import { FhirError, type ResourceId, stringifyJson, withLiteralsOf } from '#fhir';
import { indexEntriesOf } from '#fhir-search';
import type { Session } from '#postgres';
import { searchRowOf } from './search-row.js';
import { type Act, type Stored, type Write } from './stored.js';
import { asConflict } from './conflict.js';
import { claimOf, type KeyClaim } from './key-parts.js';
import { storedKey } from './used-key.js';
import { type Interaction, type WriteGroup, type WriteHeader, writeStatement } from './write-statement.js';

/** Writes all or nothing, in one statement. The answer keeps the order of the writes. */
export async function commitWrites(
  session: Session,
  writes: readonly Write[],
  { act, now }: { act: Act; now: Date },
): Promise<Stored[]> {
  const versions = writes.map((write) => versionOf(write, now));
  refuseTwice(versions);
  try {
    const claims = claimsOf(writes, versions, act);
    await session.query(writeStatement(groupsOf(writes, versions), { ...headerOf(versions, act, now), claims }));
  } catch (error) {
    throw asConflict(error, duplicable(act, writes));
  }
  return versions.map(({ stored }) => stored);
}

/** The versions that these writes will make, as of this time, and the keys that they claim. */
export function plannedCommit(
  writes: readonly Write[],
  { act, now }: { act: Act; now: Date },
): { stored: Stored[]; claims: KeyClaim[] } {
  const versions = writes.map((write) => versionOf(write, now));
  refuseTwice(versions);
  return { stored: versions.map(({ stored }) => stored), claims: claimsOf(writes, versions, act) };
}

/** The stored form of a resource: id, versionId and lastUpdated set, everything else as it came. */
export function contentOf(resource: FhirResource, version: number, lastUpdated: Date): string {
  const { resourceType, id, meta, ...rest } = resource;
  const stamped = { ...meta, versionId: String(version), lastUpdated: lastUpdated.toISOString() };
  return stringifyJson(withLiteralsOf(resource, { resourceType, id, meta: stamped, ...rest }));
}

interface Version {
  stored: Stored;
  resource?: FhirResource;
}

function versionOf(write: Write, now: Date): Version {
  const audience = [...new Set(write.audience)].sort();
  if (write.interaction === 'delete') {
    const { type, id } = write;
    return { stored: { type, id, version: write.version + 1, lastUpdated: now, audience, deleted: true, content: '' } };
  }
  const version = write.interaction === 'create' ? 1 : write.version + 1;
  const resource = { ...write.resource, id: write.resource.id ?? randomUUID() };
  const content = contentOf(resource, version, now);
  const { resourceType: type, id } = resource;
  return { resource, stored: { type, id, version, lastUpdated: now, audience, deleted: false, content } };
}

function placeName({ type, id }: ResourceId): string {
  return `${type}/${id}`;
}

function refuseTwice(versions: readonly Version[]): void {
  const places = versions.map(({ stored }) => placeName(stored));
  const seen = new Set<string>();
  const twice = places.find((place) => seen.size === seen.add(place).size);
  if (twice !== undefined) throw FhirError.of('invalid', `${twice} is written twice in one request; send it once.`);
}

/** Sorted, because everybody takes keys in one order. A key passes to a resource that holds it already, and from one that is deleted here. */
function claimsOf(writes: readonly Write[], versions: readonly Version[], act: Act): KeyClaim[] {
  const once = [...(act.keys ?? []), ...writes.flatMap(({ keys = [] }) => keys)];
  const deleted = versions.filter(({ stored }) => stored.deleted).map(({ stored }) => placeName(stored));
  const held = writes.flatMap((write, at) => {
    const holder = versions[at]?.stored;
    if (!holder || holder.deleted) return [];
    const itself = write.interaction === 'update' ? [placeName(holder)] : [];
    return (write.holds ?? []).map(({ key, instead }) =>
      claimOf(storedKey(key), holder, [...(instead ? [placeName(instead)] : []), ...itself, ...deleted]),
    );
  });
  return [...once.map((key) => claimOf(storedKey(key))), ...held].sort((a, b) => (a.k < b.k ? -1 : 1));
}

/** Keys whose second use is no conflict of writers: the same was asked for before. */
function duplicable(act: Act, writes: readonly Write[]): string[] {
  return [...(act.keys ?? []), ...writes.flatMap(({ holds = [] }) => holds.map(({ key }) => key))];
}

interface GroupRow {
  id: string;
  row: object;
  content: string;
}

/** Sorted by type and id, so that two commits lock rows in the same order. */
function groupsOf(writes: readonly Write[], versions: readonly Version[]): WriteGroup[] {
  const groups = new Map<string, { type: string; interaction: Interaction; rows: GroupRow[] }>();
  writes.forEach((write, at) => {
    const version = versions[at];
    if (!version) return;
    const { type, id } = version.stored;
    const key = `${type}.${write.interaction}`;
    const group = groups.get(key) ?? { type, interaction: write.interaction, rows: [] };
    group.rows.push({ id, row: rowOf(write, version), content: version.stored.content });
    groups.set(key, group);
  });
  return [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { rows, ...group }]) => ({ ...group, rows: rows.sort((a, b) => (a.id < b.id ? -1 : 1)) }))
    .map(({ type, interaction, rows }) => ({ type, interaction, ids: rows.map(({ id }) => id), ...rowsAsJson(rows) }));
}

function rowsAsJson(rows: readonly GroupRow[]): Pick<WriteGroup, 'rows' | 'content'> {
  const [only, ...others] = rows;
  if (only && others.length === 0) return { rows: JSON.stringify(only.row), content: only.content };
  return { rows: JSON.stringify(rows.map(({ row, content }) => ({ ...row, content }))) };
}

function rowOf(write: Write, { stored, resource }: Version): object {
  const { id, version, audience, type } = stored;
  return {
    id,
    version,
    audience,
    event_id: randomUUID(),
    // What replaces no version that anybody saw is new to them.
    event: write.event ?? plainEventType(type, version === 1 ? 'create' : write.interaction),
    ...(resource ? searchRowOf(indexEntriesOf(resource)) : {}),
  };
}

function headerOf(versions: readonly Version[], act: Act, now: Date): Omit<WriteHeader, 'claims'> {
  const entities = versions.map(({ stored }) => `${stored.type}/${stored.id}/_history/${String(stored.version)}`);
  const auditId = randomUUID();
  const organisation = act.organisation ?? null;
  const requestId = act.requestId ?? null;
  const sealed = [
    auditId,
    now.toISOString(),
    act.agent,
    organisation,
    act.interaction,
    entities,
    requestId,
    act.correlationId,
  ];
  return {
    now,
    agent: act.agent,
    organisation,
    interaction: act.interaction,
    requestId,
    correlationId: act.correlationId,
    traceparent: act.traceparent ?? null,
    transaction: act.transaction ?? null,
    auditId,
    entities,
    digest: createHash('sha256').update(JSON.stringify(sealed)).digest(),
  };
}
