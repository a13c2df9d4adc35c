import pg from 'pg';
import { Broker, streamNameOf } from '#messaging';
import { schemaOf, type ServiceDefinition } from '#service';
import { issuerSchema } from '../../issuer/src/issuer.module.js';

/** Empties what earlier starts left: every service's schema, the issuer's and the stream of facts. */
export async function emptyAll(
  { databaseUrl, natsUrl, natsNamespace }: { databaseUrl: string; natsUrl: string; natsNamespace?: string | undefined },
  definitions: readonly ServiceDefinition[],
): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const schema of [...definitions.map(({ name }) => schemaOf(name)), issuerSchema])
      await client.query(`DROP SCHEMA IF EXISTS ${pg.escapeIdentifier(schema)} CASCADE`);
  } finally {
    await client.end();
  }
  const broker = await Broker.connect({
    url: natsUrl,
    name: 'ginnel-fresh',
    assertSync: true,
    ...(natsNamespace === undefined ? {} : { namespace: natsNamespace }),
  });
  try {
    const streams = await broker.management.streams.names().next();
    for (const stream of streams.filter((name) => name === streamNameOf(broker)))
      await broker.management.streams.delete(stream);
  } finally {
    await broker.close();
  }
}
