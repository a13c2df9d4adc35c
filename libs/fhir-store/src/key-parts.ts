import type { ResourceId } from '#fhir';

/** A key as the statement takes it: the key, its holder where it has one, and from whom it may pass to that. */
export interface KeyClaim {
  k: string;
  t?: string;
  i?: string;
  /** References: `Task/1`. */
  f: readonly string[];
}

/** Resources whose keys become free. */
export interface ReleasedBy {
  type: string;
  /** What stands after their id, to find them. */
  these: string;
}

export function claimOf(key: string, holder?: ResourceId, from: readonly string[] = []): KeyClaim {
  return { k: key, ...(holder ? { t: holder.type, i: holder.id } : {}), f: from };
}

/**
 * Takes keys, in their order. One that is there already breaks the primary key, unless its holder, as it is at that moment,
 * is one of those from whom it may pass: whoever else comes meanwhile is waited for.
 */
export function claimed(claims: string, { passes, after }: { passes: boolean; after: string | undefined }): string {
  const passing = `
    ON CONFLICT (key) DO UPDATE
      SET used_at = excluded.used_at, resource_type = excluded.resource_type, resource_id = excluded.resource_id
      WHERE CASE WHEN EXISTS (SELECT 1 FROM ${recordsOf(claims)} WHERE c.k = excluded.key
          AND c.f ? (used_key.resource_type || '/' || used_key.resource_id)) THEN true ELSE refuse_key(excluded.key) END`;
  return `(INSERT INTO used_key (key, used_at, resource_type, resource_id)
    SELECT c.k, $1::timestamptz, c.t, c.i FROM ${recordsOf(claims)} WHERE true${afterwards(after)}${passes ? passing : ''}
    RETURNING key)`;
}

/**
 * Waits for the turn of every key that is claimed or will be free: who wants several then never waits for one who waits for
 * him. Row locks would not do, for keys are made and freed meanwhile. A turn is that of all keys of one remainder, so that no
 * commit needs more of them than the server has.
 */
export function keyTurns(deleted: readonly ReleasedBy[], claims: string | undefined, after: string): string {
  const keys = [
    ...(claims === undefined ? [] : [`SELECT c.k AS key FROM ${recordsOf(claims)}`]),
    ...deleted.map(
      ({ type, these }) => `SELECT key FROM used_key WHERE resource_type = '${type}' AND resource_id ${these}`,
    ),
  ];
  return `MATERIALIZED (${turnsOf(keys.join(' UNION ALL '))} WHERE true${afterwards(after)})`;
}

/** A query that waits for the turns of the keys of another. */
export function turnsOf(keys: string): string {
  return `SELECT pg_advisory_xact_lock(hashtext('ginnel-key'), turn)
    FROM (SELECT DISTINCT hashtext(key) & 1023 AS turn FROM (${keys}) k ORDER BY turn OFFSET 0) t`;
}

/** Frees the keys of what is deleted; one that passes on within the same statement has found its holder. */
export function released(
  { type, these }: ReleasedBy,
  { claims, after }: { claims: string | undefined; after: string | undefined },
): string {
  const others = claims === undefined ? '' : ` AND key <> ALL(${keysOf(claims)})`;
  return `(DELETE FROM used_key WHERE resource_type = '${type}' AND resource_id ${these}${others}${afterwards(after)})`;
}

/** Makes PostgreSQL finish another part of the statement before this one begins. */
export function afterwards(part: string | undefined): string {
  return part === undefined ? '' : ` AND (SELECT count(*) FROM ${part}) >= 0`;
}

function recordsOf(claims: string): string {
  return `jsonb_to_recordset(${claims}::jsonb) AS c(k text, t text, i text, f jsonb)`;
}

function keysOf(claims: string): string {
  return `ARRAY(SELECT c.k FROM ${recordsOf(claims)})`;
}
