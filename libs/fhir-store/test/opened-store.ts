import pg from 'pg';
import type { Task } from 'fhir/r4';
import { type Audience, everyone } from '#fhir';
import { heldTypes, migrateServices, schemaOf, type ServiceDefinition, serviceUrl } from '#service';
import { Database, type DatabaseOptions } from '#postgres';
import { preparedDatabase } from '#testing';
import { type Act, FhirStore, type Stored, type Write } from '../src/index.js';

export const referral: ServiceDefinition = { name: 'referral', follows: ['HealthcareService', 'Organization'] };

export const act: Act = { agent: 'gp-practice', interaction: 'create', correlationId: 'c-1' };

export interface OpenedStore {
  store: FhirStore;
  database: Database;
  /** The superuser's address. */
  adminUrl: string;
  options: DatabaseOptions;
  /** Another look at the same tables, with connections of its own; closed with this one. */
  beside: (options: Partial<DatabaseOptions>) => { store: FhirStore; database: Database };
  /** What the tables hold, read as everyone under the service's login. */
  rows: (text: string, values?: readonly unknown[]) => Promise<Record<string, unknown>[]>;
  /** How many connections wait for an advisory lock. */
  waiting: () => Promise<number>;
  /** How many rows each table holds. */
  counts: () => Promise<Record<string, number>>;
  /** Does something while nobody may read a table. */
  whileLocked: (table: string, work: () => Promise<void>) => Promise<void>;
  /** Forgets everything that was written. */
  empty: () => Promise<void>;
  close: () => Promise<void>;
}

export interface StoreSetting {
  /** Types of other services beside those that every test has. */
  follows?: readonly string[];
  now?: () => Date;
  maxConnections?: number;
  onCommitted?: () => unknown;
}

const advisoryWaits = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/** The referral service's store, under its own login, on a database that no other test knows. */
export async function openStore({
  now,
  maxConnections = 10,
  onCommitted,
  follows = [],
}: StoreSetting = {}): Promise<OpenedStore> {
  const definition = { ...referral, follows: [...new Set([...referral.follows, ...follows])] };
  const kind = `referral with ${definition.follows.join()}`;
  const fresh = await preparedDatabase(kind, (url) => migrateServices(url, [definition]));
  const options = {
    url: serviceUrl(fresh.url, 'referral'),
    schema: schemaOf('referral'),
    applicationName: 'test',
    maxConnections,
  };
  const databases: Database[] = [];
  const open = (more: Partial<DatabaseOptions>) => {
    const database = new Database({ ...options, ...more });
    databases.push(database);
    const store = new FhirStore(database, {
      types: heldTypes(definition),
      follows: definition.follows,
      cursorSecret: 'a secret of this test',
      now: now ?? (() => new Date()),
      ...(onCommitted ? { onCommitted: () => void onCommitted() } : {}),
    });
    return { store, database };
  };
  const { store, database } = open({});
  const rows: OpenedStore['rows'] = (text, values = []) => database.as(everyone).query({ text, values });
  return {
    store,
    database,
    adminUrl: fresh.url,
    options,
    beside: open,
    rows,
    waiting: async () => (await rows(advisoryWaits)).length,
    counts: () => countsOf(rows),
    whileLocked: (table, work) => whileLocked(fresh.url, table, work),
    empty: () =>
      asAdmin(
        fresh.url,
        `TRUNCATE ${[...tables, 'person_record', 'withheld', 'patient_search'].map((table) => `referral.${table}`).join(', ')}`,
      ),
    close: async () => {
      await Promise.all(databases.map((each) => each.close()));
      await fresh.drop();
    },
  };
}

export function taskOf(more: Partial<Task> = {}): Task {
  return { resourceType: 'Task', status: 'requested', intent: 'order', ...more };
}

export function create(resource: Task, audience: Audience = ['moor-practice'], more: Partial<Write> = {}): Write {
  return { ...(more as object), interaction: 'create', resource, audience };
}

export function idsOf(stored: readonly Stored[]): string[] {
  return stored.map(({ id }) => id);
}

const tables = [
  ...['resource', 'history', 'past_audience', 'value', 'audience', 'date_value', 'number_value', 'task_search'],
  ...['used_key', 'audit_event', 'outbox'],
];

async function countsOf(rows: OpenedStore['rows']): Promise<Record<string, number>> {
  const parts = tables.map((table) => `SELECT '${table}' AS "table", count(*)::int AS rows FROM ${table}`);
  const counted = await rows(parts.join(' UNION ALL '));
  return Object.fromEntries(counted.map(({ table, rows: count }) => [String(table), Number(count)]));
}

/** One statement, or several in one text, as the superuser. */
export async function asAdmin(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

async function whileLocked(url: string, table: string, work: () => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`BEGIN; LOCK TABLE referral.${table}`);
    await work();
  } finally {
    await client.end();
  }
}
