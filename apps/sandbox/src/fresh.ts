import pg from 'pg';
import { Broker } from '#messaging';
import { schemaOf, type ServiceDefinition } from '#service';

/** Empties what earlier starts left: every service's schema and the stream of facts. */
export async function emptyAll(
  { databaseUrl, natsUrl }: { databaseUrl: string; natsUrl: string },
  definitions: readonly ServiceDefinition[],
): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const { name } of definitions)
      await client.query(`DROP SCHEMA IF EXISTS ${pg.escapeIdentifier(schemaOf(name))} CASCADE`);
  } finally {
    await client.end();
  }
  const broker = await Broker.connect({ url: natsUrl, name: 'ginnel-fresh', assertSync: true });
  try {
    const streams = await broker.management.streams.names().next();
    for (const stream of streams.filter((name) => name === 'GINNEL')) await broker.management.streams.delete(stream);
  } finally {
    await broker.close();
  }
}
