import type { Database, Session } from '#postgres';

/** One committed version that has not reached the broker yet, with the content to send. */
export interface Unpublished {
  /** bigint, as pg reads it. */
  id: string;
  event_id: string;
  type: string;
  resource_type: string;
  resource_id: string;
  version: number;
  audience: string[];
  agent: string | null;
  organisation: string | null;
  correlation_id: string;
  traceparent: string | null;
  occurred_at: Date;
  /** After a republish: no earlier version of the resource is kept, so consumers may begin here. */
  starts: boolean | null;
  /** Null above 512 KB, for Binary and for a deletion. */
  content: string | null;
}

/** At most this much of content is read at once. */
const batchBytes = 16 * 1024 * 1024;
const largestContent = 512 * 1024;

export function resourceOf(row: { resource_type: string; resource_id: string }): string {
  return `${row.resource_type}/${row.resource_id}`;
}

/**
 * The oldest unpublished rows, except those of resources that are held. Never by a cursor: ids are given before commit, so a
 * lower one may become visible later.
 */
export async function unpublished(
  database: Database,
  held: ReadonlySet<string>,
  limit: number,
): Promise<Unpublished[]> {
  return database.as(['*']).query<Unpublished>({
    name: 'outbox-unpublished',
    text: `
      WITH due AS MATERIALIZED (
        SELECT * FROM outbox
        WHERE published_at IS NULL AND resource_type || '/' || resource_id <> ALL ($1::text[])
        ORDER BY id LIMIT $2),
      sized AS (
        SELECT due.*, CASE WHEN v.deleted OR due.resource_type = 'Binary' OR octet_length(v.content) > $3 THEN NULL
                           ELSE v.content END AS sent
        FROM due
        LEFT JOIN resource r ON r.type = due.resource_type AND r.id = due.resource_id AND r.version = due.version
        LEFT JOIN history h ON h.type = due.resource_type AND h.id = due.resource_id AND h.version = due.version,
        LATERAL (SELECT coalesce(r.deleted, h.deleted) AS deleted, coalesce(r.content, h.content) AS content) v),
      summed AS (
        SELECT sized.*, sum(coalesce(octet_length(sent), 0)) OVER (ORDER BY id) - coalesce(octet_length(sent), 0) AS before
        FROM sized)
      SELECT id, event_id, type, resource_type, resource_id, version, audience, agent, organisation, correlation_id,
             traceparent, occurred_at, starts, sent AS content
      FROM summed WHERE before < $4 ORDER BY id`,
    values: [[...held], limit, largestContent, batchBytes],
  });
}

/** True where the content of these rows is as much as is read at once: others may be due behind them. */
export function isFull(rows: readonly Unpublished[]): boolean {
  const bytes = rows.reduce((sum, { content }) => sum + Buffer.byteLength(content ?? ''), 0);
  return bytes >= batchBytes;
}

export async function markPublished(database: Database, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await database.as(['*']).query({
    name: 'outbox-published',
    text: 'UPDATE outbox SET published_at = now() WHERE id = ANY ($1::bigint[])',
    values: [ids],
  });
}

/**
 * Sends what was published once again, in order: after a lost stream, or for a new consumer of old facts. Event ids stay,
 * so every effect still happens once. Answers how many events will go out; the relay takes them within its poll.
 */
export async function republish(database: Database, { since }: { since?: Date } = {}): Promise<number> {
  return republishIn(database.as(['*']), since);
}

/** Forgets events that were published before this time; they can then no longer be republished. */
export async function pruneOutbox(database: Database, olderThan: Date): Promise<number> {
  const [counted] = await database.as(['*']).query<{ events: number }>({
    text: `WITH gone AS (DELETE FROM outbox WHERE published_at < $1 RETURNING 1) SELECT count(*)::int AS events FROM gone`,
    values: [olderThan],
  });
  return counted?.events ?? 0;
}

/**
 * The stream's life that this service's events went to: true when it is another than before, so that all kept events were
 * set to go out again. In one transaction, so that a crash between the two cannot hide the loss.
 */
export async function recogniseStream(database: Database, stream: string, created: string): Promise<boolean> {
  return database.transaction(['*'], async (tx) => {
    const [known] = await tx.query<{ created: string }>({
      text: 'SELECT created FROM relay_stream WHERE stream = $1 FOR UPDATE',
      values: [stream],
    });
    if (known?.created === created) return false;
    await tx.query({
      text: `INSERT INTO relay_stream VALUES ($1, $2) ON CONFLICT (stream) DO UPDATE SET created = excluded.created`,
      values: [stream, created],
    });
    if (known === undefined) return false;
    await republishIn(tx);
    return true;
  });
}

async function republishIn(session: Session, since?: Date): Promise<number> {
  const [counted] = await session.query<{ events: number }>({
    text: `
      WITH first AS (SELECT resource_type, resource_id, min(version) AS version FROM outbox GROUP BY 1, 2),
      again AS (
        UPDATE outbox o SET published_at = NULL, starts = (o.version > 1 AND o.version = first.version)
        FROM first
        WHERE first.resource_type = o.resource_type AND first.resource_id = o.resource_id
          AND o.published_at IS NOT NULL AND o.occurred_at >= coalesce($1::timestamptz, '-infinity')
        RETURNING 1)
      SELECT count(*)::int AS events FROM again`,
    values: [since ?? null],
  });
  return counted?.events ?? 0;
}
