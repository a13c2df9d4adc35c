import pg from 'pg';
import { freshDatabase, testInfrastructure } from './infrastructure.js';

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
});
