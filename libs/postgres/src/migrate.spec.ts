import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { freshDatabase, type FreshDatabase } from '#testing';
import { migrate, type SchemaPlan } from './migrate.js';

let fresh: FreshDatabase;
let admin: pg.Client;
/** Roles belong to the whole cluster and outlive a database. */
const roles: string[] = [];

beforeEach(async () => {
  fresh = await freshDatabase();
  admin = new pg.Client({ connectionString: fresh.url });
  await admin.connect();
});
afterEach(async () => {
  await admin.end();
  await fresh.drop();
});
afterAll(async () => {
  const other = await freshDatabase();
  const client = new pg.Client({ connectionString: other.url });
  await client.connect();
  for (const role of roles) await client.query(`DROP ROLE IF EXISTS ${role}`);
  await client.end();
  await other.drop();
});

const up = [
  'CREATE TABLE note (id int PRIMARY KEY)',
  'CREATE TABLE kept (id int NOT NULL, kind text NOT NULL) PARTITION BY LIST (kind)',
];
const shape = [`CREATE TABLE IF NOT EXISTS kept_a PARTITION OF kept FOR VALUES IN ('a')`];

function planOf(more: Partial<SchemaPlan> = {}): SchemaPlan {
  const role = `login_${randomUUID().replaceAll('-', '')}`;
  roles.push(role);
  return {
    adminUrl: fresh.url,
    schema: 'one',
    login: { name: role, password: 'of this test' },
    migrations: [{ name: 'First1763750000001', up }],
    shape,
    appendOnly: ['kept'],
    ...more,
  };
}

async function asService<T>({ login, schema }: SchemaPlan, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const url = new URL(fresh.url);
  url.username = login.name;
  url.password = login.password;
  const client = new pg.Client({ connectionString: url.href, options: `-c search_path=${schema}` });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

describe('a migration', () => {
  it('runs a second time without a change', async () => {
    const plan = planOf();
    await migrate(plan);
    await asService(plan, (client) => client.query(`INSERT INTO kept VALUES (1, 'a')`));
    const before = await tables();
    await migrate(plan);
    expect(await tables()).toEqual(before);
    expect(await asService(plan, async (client) => (await client.query<object>('SELECT * FROM kept')).rows)).toEqual([
      { id: 1, kind: 'a' },
    ]);
  });

  it('shapes anew only what changed, so that a process that starts holds up none that run', async () => {
    const plan = planOf();
    await migrate(plan);
    await admin.query('BEGIN');
    // A reader of the table would have to be waited for.
    await admin.query('LOCK TABLE one.kept, one.kept_a IN ACCESS SHARE MODE');
    await migrate(plan);
    await admin.query('COMMIT');
    await migrate({
      ...plan,
      shape: [...shape, `CREATE TABLE IF NOT EXISTS kept_b PARTITION OF kept FOR VALUES IN ('b')`],
    });
    expect(await tables()).toContain('kept_b');
  });

  it('runs once when several processes start together', async () => {
    const plan = planOf();
    await Promise.all(Array.from({ length: 6 }, () => migrate(plan)));
    const { rows } = await admin.query('SELECT name FROM one.migration');
    expect(rows).toEqual([{ name: 'First1763750000001' }]);
  });

  it('makes one role for several databases at the same moment', async () => {
    const others = await Promise.all(Array.from({ length: 6 }, () => freshDatabase()));
    const plan = planOf();
    const plans = others.map(({ url }) => ({ ...plan, adminUrl: url }));
    await Promise.all(plans.map(migrate));
    await Promise.all(plans.map(migrate));
    for (const other of others) await other.drop();
    const { rows } = await admin.query('SELECT count(*)::int AS roles FROM pg_roles WHERE rolname = $1', [
      plan.login.name,
    ]);
    expect(rows).toEqual([{ roles: 1 }]);
  });

  it('leaves nothing of a migration that fails, and tells the failure', async () => {
    const plan = planOf({ migrations: [{ name: 'First1763750000001', up: [...up, 'SELECT nothing'] }] });
    await expect(migrate(plan)).rejects.toThrow('column "nothing" does not exist');
    expect(await tables()).toEqual(['migration']);
    await migrate(planOf());
    expect(await tables()).toContain('note');
  });

  it('leaves nothing of a shape that fails', async () => {
    const plan = planOf();
    await expect(migrate({ ...plan, shape: [...shape, 'SELECT nothing'] })).rejects.toThrow('does not exist');
    expect(await tables()).not.toContain('kept_a');
    await migrate(plan);
    expect(await tables()).toContain('kept_a');
  });
});

describe('the login of a service', () => {
  it('is neither owner nor superuser and passes no policy', async () => {
    const plan = planOf();
    await migrate(plan);
    const { rows } = await admin.query(
      `SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,
         EXISTS (SELECT 1 FROM pg_class WHERE relowner = pg_roles.oid) AS owns,
         EXISTS (SELECT 1 FROM pg_auth_members WHERE member = pg_roles.oid) AS member
       FROM pg_roles WHERE rolname = $1`,
      [plan.login.name],
    );
    const none = {
      rolsuper: false,
      rolbypassrls: false,
      rolcreaterole: false,
      rolcreatedb: false,
      rolreplication: false,
    };
    expect(rows).toEqual([{ ...none, owns: false, member: false }]);
  });

  it('loses a power that somebody gave it', async () => {
    const plan = planOf();
    await migrate(plan);
    await admin.query(`ALTER ROLE ${plan.login.name} SUPERUSER BYPASSRLS`);
    await migrate(plan);
    const { rows } = await admin.query('SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = $1', [
      plan.login.name,
    ]);
    expect(rows).toEqual([{ rolsuper: false, rolbypassrls: false }]);
  });

  it.each([
    ['to change a row of a table that only grows', 'UPDATE kept SET id = 2'],
    ['to change it under the name of its partition', 'UPDATE kept_a SET id = 2'],
    ['to delete it', 'DELETE FROM kept'],
    ['to delete it under the name of its partition', 'DELETE FROM kept_a'],
    ['to empty it', 'TRUNCATE kept_a'],
    ['to make tables', 'CREATE TABLE one.mine (id int)'],
    ['to make tables elsewhere', 'CREATE TABLE public.mine (id int)'],
    ['to change a policy', 'ALTER TABLE note DISABLE ROW LEVEL SECURITY'],
    ['to forge what was migrated', 'DELETE FROM migration'],
    ['to forge the shape', 'UPDATE shape SET digest = digest'],
  ])('is not allowed %s', async (_, statement) => {
    const plan = planOf();
    await migrate(plan);
    await migrate(plan);
    await asService(plan, (client) =>
      client.query(`INSERT INTO kept VALUES (1, 'a'); INSERT INTO kept_a VALUES (2, 'a')`),
    );
    await expect(asService(plan, (client) => client.query(statement))).rejects.toThrow(
      /permission denied|must be owner/,
    );
  });

  it('cannot touch the schema of another service', async () => {
    const plan = planOf();
    const other = planOf({ schema: 'other' });
    await migrate(plan);
    await migrate(other);
    for (const statement of [
      'SELECT * FROM other.note',
      'INSERT INTO other.note VALUES (1)',
      'SET ROLE ' + other.login.name,
    ])
      await expect(asService(plan, (client) => client.query(statement))).rejects.toThrow('permission denied');
  });
});

async function tables(): Promise<string[]> {
  const { rows } = await admin.query<{ tablename: string }>(
    `SELECT tablename::text FROM pg_tables WHERE schemaname = 'one' ORDER BY 1`,
  );
  return rows.map(({ tablename }) => tablename);
}
