import pg from 'pg';
import { streamNameOf } from '#messaging';
import { eventually } from '../eventually.js';
import { schemas } from '../schemas.js';
import type { World } from '../world.js';

/** Tables of any schema, apart from PostgreSQL's own. */
export async function allTables(world: World): Promise<string[]> {
  return withDatabase(world, async (client) => {
    const { rows } = await client.query<{ place: string }>(
      `SELECT n.nspname || '.' || c.relname AS place FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^(pg_|information_schema)' ORDER BY 1`,
    );
    return rows.map(({ place }) => place);
  });
}

/** Every table and message in which one of these stands, with how often. */
export async function placesOf(world: World, words: readonly string[]): Promise<Record<string, number>> {
  const pattern = words.map((word) => word.replaceAll('.', '\\.')).join('|');
  const found: Record<string, number> = {};
  const note = (place: string, count: number): void => {
    if (count > 0) found[place] = (found[place] ?? 0) + count;
  };
  const tables = await allTables(world);
  await withDatabase(world, async (client) => {
    for (const table of tables)
      note(table, await count(client, `SELECT 1 FROM ${table} t WHERE t::text ~ $1`, pattern));
    // What PostgreSQL notes of a table's values lies there as well as the values do.
    const { rows } = await client.query<{ place: string }>(
      `SELECT schemaname || '.' || tablename AS place FROM pg_stats
       WHERE most_common_vals::text ~ $1 OR histogram_bounds::text ~ $1`,
      [pattern],
    );
    for (const { place } of rows) note(place, 1);
  });
  const messages = await allMessages(world);
  note('stream', messages.filter((message) => new RegExp(pattern).test(message)).length);
  return found;
}

export async function withDatabase<T>(world: World, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: world.databaseUrl });
  await client.connect();
  return work(client).finally(() => client.end());
}

/** Subject, headers and text of whatever any of the world's streams holds. */
export async function allMessages(world: World): Promise<string[]> {
  const { broker } = world.running.platform;
  const { state } = await broker.management.streams.info(streamNameOf(broker));
  const messages: string[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
    const message = await broker.management.direct.getMessage(streamNameOf(broker), { seq }).catch(() => null);
    if (message) messages.push([message.subject, ...[...message.header].flat(2), message.string()].join(' '));
  }
  return messages;
}

async function count(client: pg.Client, text: string, pattern: string): Promise<number> {
  return (await client.query(text, [pattern])).rowCount ?? 0;
}

/** Every consumer has dealt with all that the stream holds. */
export async function allDealtWith(world: World): Promise<void> {
  const { broker } = world.running.platform;
  const waiting = async (): Promise<string[]> => {
    const names: string[] = [];
    for await (const { name, num_pending: pending, num_ack_pending: unanswered } of broker.management.consumers.list(
      streamNameOf(broker),
    ))
      if (pending + unanswered > 0) names.push(name);
    return names;
  };
  const unsent = () =>
    withDatabase(world, async (client) => {
      const { rows } = await client.query<{ service: string }>(
        schemas
          .map((schema) => `SELECT '${schema}' AS service FROM ${schema}.outbox WHERE published_at IS NULL`)
          .join(' UNION ALL '),
      );
      return rows.map(({ service }) => service);
    });
  await eventually(unsent, (rows) => rows.length === 0);
  await eventually(waiting, (names) => names.length === 0);
}
