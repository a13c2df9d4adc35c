import { FhirError, type ResourceId } from '#fhir';
import type { Session } from '#postgres';
import { auditRowOf } from './audit/audit-row.js';
import { asConflict } from './conflict.js';
import { onceRecordOf } from './request-keys.js';
import { claimOf, type KeyClaim } from './key-parts.js';
import { type Act, type Stored, type Write } from './stored.js';
import { storedKey } from './used-key.js';
import type { Interaction } from './write-parts.js';
import { type WriteGroup, writeStatement } from './write-statement.js';
import { rowOf, type RowToWrite, versionOf, type WrittenVersion } from './written-version.js';

/** Writes all or nothing, in one statement. The answer keeps the order of the writes. */
export async function commitWrites(
  session: Session,
  writes: readonly Write[],
  { act, now }: { act: Act; now: Date },
): Promise<Stored[]> {
  const versions = writes.map((write) => versionOf(write, now));
  refuseTwice(versions);
  const stored = versions.map((version) => version.stored);
  const { traceparent = null, transaction = null } = act;
  const once = act.once && onceRecordOf(act.once, stored, act.onceAnswer);
  const about = stored.map((version, at) => ({ ...version, persons: writes[at]?.persons }));
  const header = { audit: auditRowOf(act, about, now), traceparent, transaction, once };
  try {
    const claims = claimsOf(writes, versions, act);
    await session.query(writeStatement(groupsOf(writes, versions), { ...header, claims }));
  } catch (error) {
    throw asConflict(error, duplicable(act, writes));
  }
  if (act.request) act.request.isWritten = true;
  if (act.once) act.once.isWritten = true;
  return stored;
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

function placeName({ type, id }: ResourceId): string {
  return `${type}/${id}`;
}

function refuseTwice(versions: readonly WrittenVersion[]): void {
  const places = versions.map(({ stored }) => placeName(stored));
  const seen = new Set<string>();
  const twice = places.find((place) => seen.size === seen.add(place).size);
  if (twice !== undefined) throw FhirError.of('invalid', `${twice} is written twice in one request; send it once.`);
}

/** Sorted, because everybody takes keys in one order. A key passes to a resource that holds it already, and from one that is deleted here. */
function claimsOf(writes: readonly Write[], versions: readonly WrittenVersion[], act: Act): KeyClaim[] {
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
  row: RowToWrite;
  content: string;
}

/** Sorted by type and id, so that two commits lock rows in the same order. */
function groupsOf(writes: readonly Write[], versions: readonly WrittenVersion[]): WriteGroup[] {
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
    .map(({ type, interaction, rows }) => ({
      type,
      interaction,
      ids: rows.map(({ id }) => id),
      persons: rows.flatMap(({ row }) => row.persons),
      ...rowsAsJson(rows),
    }));
}

function rowsAsJson(rows: readonly GroupRow[]): Pick<WriteGroup, 'rows' | 'content'> {
  const [only, ...others] = rows;
  if (only && others.length === 0) return { rows: JSON.stringify(only.row), content: only.content };
  return { rows: JSON.stringify(rows.map(({ row, content }) => ({ ...row, content }))) };
}
