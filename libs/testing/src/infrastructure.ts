import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { readTestSettings } from './infrastructure.config.js';

export interface TestInfrastructure {
  /** The superuser's address. */
  databaseUrl: string;
  natsUrl: string;
  natsMonitorUrl: string;
}

export interface FreshDatabase {
  /** The superuser's address of an empty database that no other test knows. */
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
export async function freshDatabase(): Promise<FreshDatabase> {
  const { databaseUrl } = testInfrastructure();
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await asAdmin(databaseUrl, `create database ${name}`);
  const url = new URL(databaseUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => asAdmin(databaseUrl, `drop database if exists ${name} with (force)`) };
}

async function asAdmin(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
