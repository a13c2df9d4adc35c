import { existsSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { ensureInfrastructure } from './infrastructure.js';
import { startNats } from './nats/start-nats.js';
import { startPostgres, type RunningPostgres } from './postgres/start-postgres.js';
import { openFolder, silent } from './test/folders.js';

describe('the infrastructure', () => {
  const { folder, remove } = openFolder();
  let postgres: RunningPostgres;

  beforeAll(async () => {
    postgres = await startPostgres({ dataFolder: join(folder, 'given'), fast: true, log: silent });
  });
  afterAll(async () => {
    await postgres.stop();
    remove();
  });

  it('is the given one, and nothing is started beside it', async () => {
    const nats = await startNats({ storeFolder: join(folder, 'given-nats'), log: silent });
    const dataFolder = join(folder, 'unused');
    const environment = { DATABASE_URL: postgres.url, NATS_URL: nats.url, NATS_MONITOR_URL: nats.monitorUrl };
    const infrastructure = await ensureInfrastructure({ dataFolder, environment, log: silent });
    expect(infrastructure).toMatchObject({
      databaseUrl: postgres.url,
      natsUrl: nats.url,
      natsMonitorUrl: nats.monitorUrl,
    });
    await infrastructure.stop();
    expect(existsSync(dataFolder)).toBe(false);
    await nats.stop();
  });

  it('is started where none is given', async () => {
    const infrastructure = await ensureInfrastructure({
      dataFolder: join(folder, 'own'),
      environment: {},
      log: silent,
    });
    const client = new pg.Client({ connectionString: infrastructure.databaseUrl });
    await client.connect();
    const { rows } = await client.query(`select current_setting('fsync') as fsync`);
    await client.end();
    await infrastructure.stop();
    expect(rows).toEqual([{ fsync: 'on' }]);
  });

  it('is not started at all when a given part is not usable', async () => {
    const dataFolder = join(folder, 'never');
    const environment = { NATS_URL: 'nats://127.0.0.1:1', GINNEL_NATS_SYNC: 'always' };
    await expect(ensureInfrastructure({ dataFolder, environment, log: silent })).rejects.toThrow(
      'NATS_URL leads to no broker that lets us in (ConnectionError): check address and login.',
    );
    expect(existsSync(dataFolder)).toBe(false);
  });

  it('refuses a database that does not answer, without repeating its password', async () => {
    const environment = { DATABASE_URL: 'postgres://user:secret@127.0.0.1:1/ginnel' };
    await expect(ensureInfrastructure({ environment, log: silent })).rejects.toThrow(
      'DATABASE_URL leads to no database that lets us in (ECONNREFUSED): check address and login.',
    );
  });

  it('refuses a login that may not create roles', async () => {
    const client = new pg.Client({ connectionString: postgres.url });
    await client.connect();
    await client.query(`create role modest login password 'modest'`);
    await client.end();
    const url = new URL(postgres.url);
    [url.username, url.password] = ['modest', 'modest'];
    await expect(ensureInfrastructure({ environment: { DATABASE_URL: url.href }, log: silent })).rejects.toThrow(
      'The login of DATABASE_URL may not create roles and schemas: give it CREATEROLE and CREATE on the database.',
    );
  });
});
