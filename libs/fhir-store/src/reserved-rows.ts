import { error, FhirError, type ResourceId } from '#fhir';
import type { Session } from '#postgres';
import { tablesOf } from './layout.js';
import type { Stored, Write } from './stored.js';

/** Another request changed these resources since they were read, or another transaction has set them aside. */
export class NotToBeHad extends FhirError {
  constructor(readonly resources: readonly ResourceId[]) {
    super([error('conflict', 'Another request changes a resource of this transaction at this moment; read it again.')]);
  }
}

/** Marks the versions that will be replaced, in the order in which every commit locks rows. */
export async function reserveRows(writes: readonly Write[], transaction: string, tx: Session): Promise<void> {
  for (const [type, rows] of byType(writes.flatMap(replacedBy))) {
    const { resource } = tablesOf(type);
    const ids = rows.map(({ id }) => id);
    await tx.query({
      name: `reserve-lock-${type}`,
      text: `SELECT id FROM ${resource} WHERE type = '${type}' AND id = ANY($1::text[]) ORDER BY id FOR UPDATE`,
      values: [ids],
    });
    const marked = await tx.query<{ id: string }>({
      name: `reserve-${type}`,
      text: `UPDATE ${resource} t SET reserved_by = $1
             FROM jsonb_to_recordset($2::jsonb) AS r(id text, version int)
             WHERE t.type = '${type}' AND t.id = r.id AND t.version = r.version AND t.reserved_by IS NULL RETURNING t.id`,
      values: [transaction, JSON.stringify(rows)],
    });
    const had = new Set(marked.map(({ id }) => id));
    const others = rows.filter(({ id }) => !had.has(id)).map(({ id }) => ({ type, id }));
    if (others.length > 0) throw new NotToBeHad(others);
  }
}

/**
 * Keeps the place of a resource that will be made: a version 0 that nobody may see and that nobody else can make. To a
 * service that reads for everyone it looks deleted.
 */
export async function placeVersion(
  { type, id }: Stored,
  { transaction, now, tx }: { transaction: string; now: Date; tx: Session },
): Promise<void> {
  await tx.query({
    name: `reserve-place-${type}`,
    text: `INSERT INTO ${tablesOf(type).resource} (type, id, version, last_updated, audience, deleted, content, reserved_by)
           VALUES ('${type}', $1, 0, $2, '{}', true, '', $3)`,
    values: [id, now, transaction],
  });
}

/** Takes away the marks and the kept places of a transaction. */
export async function unreserveRows(writes: readonly Write[], transaction: string, tx: Session): Promise<void> {
  for (const [type, rows] of byType(writes.map(resourceOf))) {
    const { resource } = tablesOf(type);
    const values = [transaction, rows.map(({ id }) => id)];
    const theirs = `type = '${type}' AND id = ANY($2::text[]) AND reserved_by = $1`;
    await tx.query({
      name: `unreserve-lock-${type}`,
      text: `SELECT id FROM ${resource} WHERE ${theirs} ORDER BY id FOR UPDATE`,
      values,
    });
    await tx.query({
      name: `unplace-${type}`,
      text: `DELETE FROM ${resource} WHERE ${theirs} AND version = 0`,
      values,
    });
    await tx.query({
      name: `unreserve-${type}`,
      text: `UPDATE ${resource} SET reserved_by = NULL WHERE ${theirs}`,
      values,
    });
  }
}

/** What was written once, read again: the answer of a second asking. */
export async function rereadVersions(
  versions: readonly (ResourceId & { version: number })[],
  tx: Session,
): Promise<Stored[]> {
  const found: Stored[] = [];
  for (const { type, id, version } of versions) {
    const rows = await tx.query<Stored>({
      name: `reread-${type}`,
      text: `SELECT type, id, version, last_updated AS "lastUpdated", audience, deleted, content
             FROM every_version WHERE type = '${type}' AND id = $1 AND version = $2`,
      values: [id, version],
    });
    found.push(...rows);
  }
  return found;
}

/** The version that a write builds on; a new resource builds on none. */
function replacedBy(write: Write): (ResourceId & { version: number })[] {
  return write.interaction === 'create' ? [] : [{ ...resourceOf(write), version: write.version }];
}

export function resourceOf(write: Write): ResourceId {
  if (write.interaction === 'delete') return { type: write.type, id: write.id };
  return { type: write.resource.resourceType, id: write.resource.id ?? '' };
}

/** Types and ids in order: two that want the same rows then wait for one another, and never each for the other. */
function byType<R extends ResourceId>(rows: readonly R[]): [string, R[]][] {
  const groups = new Map<string, R[]>();
  for (const row of rows) groups.set(row.type, [...(groups.get(row.type) ?? []), row]);
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([type, some]) => [type, some.sort((a, b) => (a.id < b.id ? -1 : 1))]);
}
