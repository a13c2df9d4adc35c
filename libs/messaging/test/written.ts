import { randomUUID } from 'node:crypto';
import type { Database, Session } from '#postgres';

export interface Version {
  type?: string;
  id: string;
  version: number;
  content?: string;
  deleted?: boolean;
  event?: string;
}

/** Writes versions as the store does: history and outbox in one statement. Answers the event ids. */
export async function write(session: Session, versions: readonly Version[]): Promise<string[]> {
  const rows = versions.map(({ type = 'Task', id, version, content, deleted = false, event = 'task-updated.v1' }) => {
    const written = content ?? JSON.stringify({ resourceType: type, id, meta: { versionId: String(version) } });
    return { type, id, version, deleted, event, content: deleted ? '' : written, event_id: randomUUID() };
  });
  await session.query({
    text: `
      WITH w AS (SELECT * FROM jsonb_to_recordset($1::jsonb) AS r
                   (type text, id text, version int, deleted boolean, event text, content text, event_id uuid)),
      h AS (INSERT INTO history SELECT type, id, version, now(), '{keighley}', deleted, content FROM w)
      INSERT INTO outbox (event_id, type, resource_type, resource_id, version, audience, agent, correlation_id, occurred_at)
      SELECT event_id, event, type, id, version, '{keighley}', 'gp-practice', 'correlation-1', now() FROM w`,
    values: [JSON.stringify(rows)],
  });
  return rows.map(({ event_id }) => event_id);
}

/** The first `count` versions of a resource. */
export function versions(id: string, count: number, from = 1): Version[] {
  return Array.from({ length: count }, (_, index) => ({ id, version: from + index }));
}

export async function unpublishedCount(database: Database): Promise<number> {
  const [row] = await database.as(['*']).query<{ count: number }>({
    text: 'SELECT count(*)::int AS count FROM outbox WHERE published_at IS NULL',
  });
  return row?.count ?? -1;
}
