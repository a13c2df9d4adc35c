import { createHash, randomUUID } from 'node:crypto';
import pg from 'pg';
import { readTestSettings } from './infrastructure.config.js';

export interface TestInfrastructure {
  /** The superuser's address. */
  databaseUrl: string;
  natsUrl: string;
  natsMonitorUrl: string;
}

export interface FreshDatabase {
  name: string;
  /** The superuser's address of a database that no other test knows. */
  url: string;
  drop: () => Promise<void>;
}

/** The servers of this run of tests, shared by all its suites. */
export function testInfrastructure(): TestInfrastructure {
  const settings = readTestSettings();
  if (!settings) {
    throw new Error(
      'No servers were started for the tests: run npm test, whose global setup (test/global-setup.mjs) starts them.',
    );
  }
  return {
    databaseUrl: settings.GINNEL_TEST_DATABASE_URL,
    natsUrl: settings.GINNEL_TEST_NATS_URL,
    natsMonitorUrl: settings.GINNEL_TEST_NATS_MONITOR_URL,
  };
}

/** An empty database of its own for a suite; the suite drops it when done. */
export function freshDatabase(): Promise<FreshDatabase> {
  return createDatabase();
}

/**
 * A database of its own for a suite, as `prepare` leaves an empty one. Where several suites name the same kind it is prepared
 * once in a run of tests, and the others are given a copy: what `prepare` does may depend on nothing but its kind.
 */
export async function preparedDatabase(kind: string, prepare: (url: string) => Promise<void>): Promise<FreshDatabase> {
  const { databaseUrl } = testInfrastructure();
  const template = `prepared_${createHash('sha256').update(kind).digest('hex').slice(0, 24)}`;
  await asAdmin(databaseUrl, async (client) => {
    await client.query('SELECT pg_advisory_lock(hashtext($1))', [template]);
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [template]);
    if (rowCount === 1) return;
    const fresh = await freshDatabase();
    await prepare(fresh.url).catch(async (error: unknown) => {
      await fresh.drop();
      throw error;
    });
    // It bears the name only when it is whole, and nobody may connect to it: one that is in use cannot be copied.
    await client.query(`ALTER DATABASE ${fresh.name} ALLOW_CONNECTIONS false`);
    await client.query(`ALTER DATABASE ${fresh.name} RENAME TO ${template}`);
  });
  return createDatabase(`TEMPLATE ${template}`);
}

async function createDatabase(options = ''): Promise<FreshDatabase> {
  const { databaseUrl } = testInfrastructure();
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await asAdmin(databaseUrl, (client) => client.query(`CREATE DATABASE ${name} ${options}`));
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  const drop = () => asAdmin(databaseUrl, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  return { name, url: url.href, drop };
}

async function asAdmin(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
