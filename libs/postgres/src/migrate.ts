import { createHash } from 'node:crypto';
import pg from 'pg';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { sqlState } from './database-error.js';

/** A migration as plain SQL, run once, in the order of the number that ends its name: `Store1763750000000`. */
export interface SqlMigration {
  name: string;
  up: readonly string[];
}

export interface SchemaPlan {
  /** A login that may create roles and schemas; never the one that the service runs as. */
  adminUrl: string;
  schema: string;
  /** The service's own login: neither owner nor superuser. */
  login: { name: string; password: string };
  migrations: readonly SqlMigration[];
  /** Statements that derive tables from definitions; may be run at every start. */
  shape?: readonly string[];
  /** Tables that the login may only read and add to. */
  appendOnly?: readonly string[];
}

/** Brings one service's schema, tables and login up to date; safe when several processes start together. */
export async function migrate(plan: SchemaPlan): Promise<void> {
  const client = new pg.Client({ connectionString: plan.adminUrl, application_name: 'ginnel-migration' });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock(hashtext($1))', [`ginnel-migration-${plan.schema}`]);
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${name(plan.schema)}`);
    await ensureLogin(client, plan.login);
    await runMigrations(plan);
    await client.query(`SET search_path TO ${name(plan.schema)}`);
    await shape(client, plan.shape ?? []);
    await client.query(grants(plan));
  } finally {
    await client.end();
  }
}

/**
 * All at once, and only when it differs from what was done last: ALTER TABLE waits for every reader and holds up the ones
 * behind it, which a process that merely starts must not do to its running siblings.
 */
async function shape(client: pg.Client, statements: readonly string[]): Promise<void> {
  const digest = createHash('sha256').update(statements.join(';')).digest('hex');
  await client.query('CREATE TABLE IF NOT EXISTS shape (digest text PRIMARY KEY, shaped_at timestamptz NOT NULL)');
  const { rowCount } = await client.query('SELECT 1 FROM shape WHERE digest = $1', [digest]);
  if (rowCount === 1) return;
  const done = `DELETE FROM shape; INSERT INTO shape VALUES (${pg.escapeLiteral(digest)}, now())`;
  // Several statements in one message are one transaction.
  await client.query([...statements, done].join(';\n'));
}

/** Statements by which a table shows its rows to none but those who read for everyone, its owner among the others. */
export function onlyForEveryone(table: string): string[] {
  return [
    `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
    `ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`,
    `CREATE POLICY everyone ON ${table} FOR ALL USING (coalesce(current_setting('ginnel.audience', true), '') = '*')`,
  ];
}

/** Quotes an SQL name. */
export function name(identifier: string): string {
  return pg.escapeIdentifier(identifier);
}

async function runMigrations(plan: SchemaPlan): Promise<void> {
  const source = new DataSource({
    type: 'postgres',
    driver: pg,
    url: plan.adminUrl,
    schema: plan.schema,
    extra: { options: `-c search_path=${plan.schema}`, max: 1 },
    migrations: plan.migrations.map(migrationClass),
    migrationsTableName: 'migration',
  });
  await source.initialize();
  try {
    await source.runMigrations({ transaction: 'each' });
  } finally {
    await source.destroy();
  }
}

function migrationClass(migration: SqlMigration): new () => MigrationInterface {
  return class implements MigrationInterface {
    readonly name = migration.name;

    async up(runner: QueryRunner): Promise<void> {
      for (const statement of migration.up) await runner.query(statement);
    }

    down(): Promise<void> {
      return Promise.reject(new Error(`${migration.name} cannot be taken back: restore a backup instead.`));
    }
  };
}

/**
 * Roles belong to the whole cluster, so several databases may make or change the same one at the same moment: one of them
 * wins each round, the others try again.
 */
async function ensureLogin(client: pg.Client, login: SchemaPlan['login'], tries = 100): Promise<void> {
  const role = name(login.name);
  const password = pg.escapeLiteral(login.password);
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [login.name]);
    const verb = rowCount === 0 ? 'CREATE' : 'ALTER';
    await client.query(
      `${verb} ROLE ${role} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD ${password}`,
    );
  } catch (error) {
    const raced = ['42710', '23505', 'XX000'].includes(sqlState(error) ?? '');
    if (!raced || tries === 0) throw error;
    await ensureLogin(client, login, tries - 1);
  }
}

function grants({ schema, login, appendOnly = [] }: SchemaPlan): string {
  const [to, role] = [name(schema), name(login.name)];
  return [
    `GRANT USAGE ON SCHEMA ${to} TO ${role}`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${to} TO ${role}`,
    `GRANT USAGE ON ALL SEQUENCES IN SCHEMA ${to} TO ${role}`,
    ...['migration', 'shape'].map((table) => `REVOKE INSERT, UPDATE, DELETE ON ${to}.${name(table)} FROM ${role}`),
    ...appendOnly.map((table) => revokeChange(`${to}.${name(table)}`, role)),
  ].join(';\n');
}

/** A partition has rights of its own. */
function revokeChange(table: string, role: string): string {
  return `DO $$ DECLARE part regclass; BEGIN
    FOR part IN SELECT ${pg.escapeLiteral(table)}::regclass UNION SELECT relid FROM pg_partition_tree(${pg.escapeLiteral(table)}) LOOP
      EXECUTE format('REVOKE UPDATE, DELETE ON %s FROM %s', part, ${pg.escapeLiteral(role)});
    END LOOP;
  END $$`;
}
