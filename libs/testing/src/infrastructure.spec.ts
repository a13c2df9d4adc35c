import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { freshDatabase, preparedDatabase, testInfrastructure } from './infrastructure.js';

describe('the servers of a run of tests', () => {
  it('have addresses that every suite can reach', async () => {
    const { databaseUrl, natsUrl, natsMonitorUrl } = testInfrastructure();
    const health = await fetch(`${natsMonitorUrl}/varz`);
    expect([health.status, new URL(databaseUrl).protocol, new URL(natsUrl).protocol]).toEqual([
      200,
      'postgres:',
      'nats:',
    ]);
  });

  it('give each suite a database that no other knows, and take it back while it is in use', async () => {
    const [one, other] = await Promise.all([freshDatabase(), freshDatabase()]);
    expect(one.url).not.toBe(other.url);
    const client = new pg.Client({ connectionString: one.url });
    const cutOff = new Promise((resolve) => client.on('error', resolve));
    await client.connect();
    const { rows } = await client.query(`select count(*)::int as tables from pg_tables where schemaname = 'public'`);
    await Promise.all([one.drop(), other.drop(), cutOff]);
    expect(rows).toEqual([{ tables: 0 }]);
    await expect(new pg.Client({ connectionString: one.url }).connect()).rejects.toThrow('does not exist');
  });

  it('give each suite a copy of what is prepared once, also where several ask at the same moment', async () => {
    const kind = randomUUID();
    let prepared = 0;
    const prepare = async (url: string) => {
      prepared += 1;
      await ask(url, 'CREATE TABLE word AS SELECT $$kept$$ AS text');
    };
    const copies = await Promise.all([1, 2, 3].map(() => preparedDatabase(kind, prepare)));
    await ask(copies[0]?.url ?? '', 'DELETE FROM word');
    const words = await Promise.all(copies.map(({ url }) => ask(url, 'SELECT text FROM word')));
    for (const copy of copies) await copy.drop();
    expect([prepared, new Set(copies.map(({ url }) => url)).size]).toEqual([1, 3]);
    expect(words).toEqual([[], [{ text: 'kept' }], [{ text: 'kept' }]]);
  });

  it('prepare again what was not prepared to its end', async () => {
    const kind = randomUUID();
    const half = async (url: string) => {
      await ask(url, 'CREATE TABLE half ()');
      throw new Error('it died');
    };
    await expect(preparedDatabase(kind, half)).rejects.toThrow('it died');
    const copy = await preparedDatabase(kind, (url) => ask(url, 'CREATE TABLE whole ()').then(() => undefined));
    const tables = await ask(copy.url, `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`);
    await copy.drop();
    expect(tables).toEqual([{ tablename: 'whole' }]);
  });
});

async function ask(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}
