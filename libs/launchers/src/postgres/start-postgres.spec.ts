import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { StartError } from '../start-error.js';
import { openFolder, silent } from '../test/folders.js';
import { startPostgres, type RunningPostgres } from './start-postgres.js';

describe('the embedded PostgreSQL', () => {
  const { folder, remove } = openFolder();
  const dataFolder = join(folder, 'postgres');
  afterAll(remove);

  const start = (more: { port?: number; dataFolder?: string } = {}) =>
    startPostgres({ dataFolder, log: silent, ...more });

  it('is durable, listens on the loopback address only and lets nobody in without the password', async () => {
    const postgres = await start();
    try {
      const names = ['fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses', 'unix_socket_directories'];
      const rows = await query(
        postgres.url,
        `select current_setting(name) as value from unnest('{${names.join()}}'::text[]) name`,
      );
      expect(rows.map(({ value }) => value)).toEqual(['on', 'on', 'on', '127.0.0.1', '']);
      const stranger = new URL(postgres.url);
      stranger.password = 'guess';
      await expect(query(stranger.href, 'select 1')).rejects.toThrow('password authentication failed');
    } finally {
      await postgres.stop();
    }
  });

  it('keeps what was committed when it is stopped', async () => {
    await onServer(start, (url) => query(url, 'create table kept (id int); insert into kept values (1)'));
    const rows = await onServer(start, (url) => query(url, 'select id from kept'));
    expect(rows).toEqual([{ id: 1 }]);
  });

  it('keeps what was committed when it is killed, and says that it ended', async () => {
    const postgres = await start();
    await query(postgres.url, 'create table survived (id int); insert into survived values (1)');
    process.kill(postmasterOf(dataFolder), 'SIGKILL');
    await expect(postgres.failed).resolves.toEqual(
      new StartError('PostgreSQL ended without having been asked to (SIGKILL).'),
    );
    await expect(onServer(start, (url) => query(url, 'select id from survived'))).resolves.toEqual([{ id: 1 }]);
  });

  it('starts although a crash left a pid file whose number another process bears by now', async () => {
    const postgres = await start();
    process.kill(postmasterOf(dataFolder), 'SIGKILL');
    await postgres.failed;
    const other = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)']);
    await once(other, 'spawn');
    const pidFile = join(dataFolder, 'postmaster.pid');
    writeFileSync(pidFile, readFileSync(pidFile, 'utf8').replace(/^\d+/, String(other.pid)));
    await expect(onServer(start, (url) => query(url, 'select 1 as one'))).resolves.toEqual([{ one: 1 }]);
    other.kill();
  });

  it('refuses a second start on the same data', async () => {
    const postgres = await start();
    try {
      await expect(start()).rejects.toEqual(
        new StartError(
          `PostgreSQL already runs on ${dataFolder} (process ${String(process.pid)}): stop that one first, or choose another folder with GINNEL_DATA.`,
        ),
      );
    } finally {
      await postgres.stop();
    }
    expect(existsSync(`${dataFolder}.lock`)).toBe(false);
  });

  it('refuses a port that is in use', async () => {
    const { server, port } = await listener();
    try {
      await expect(start({ port })).rejects.toEqual(
        new StartError(
          `Port ${String(port)}, which PostgreSQL was to listen on, is in use: stop what listens there, or choose another port.`,
        ),
      );
    } finally {
      server.close();
    }
  });

  it('refuses the data of another major version and leaves them as they are', async () => {
    const older = join(folder, 'older');
    mkdirSync(older);
    writeFileSync(join(older, 'PG_VERSION'), '15\n');
    await expect(start({ dataFolder: older })).rejects.toEqual(
      new StartError(
        `${older} holds data of PostgreSQL 15, this is PostgreSQL 18: move the data with pg_upgrade, or choose another folder with GINNEL_DATA.`,
      ),
    );
    expect(readFileSync(join(older, 'PG_VERSION'), 'utf8')).toBe('15\n');
  });

  it('refuses a folder that holds something else', async () => {
    const foreign = join(folder, 'foreign');
    mkdirSync(foreign);
    writeFileSync(join(foreign, 'letter.txt'), 'x');
    await expect(start({ dataFolder: foreign })).rejects.toEqual(
      new StartError(`${foreign} holds something else than PostgreSQL's data: choose another folder with GINNEL_DATA.`),
    );
  });

  it('refuses a folder whose name a file bears', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(start({ dataFolder: join(file, 'postgres') })).rejects.toBeInstanceOf(StartError);
  });

  it('begins anew where an initialisation was cut off', async () => {
    const cut = join(folder, 'cut');
    mkdirSync(`${cut}.unfinished`);
    writeFileSync(join(`${cut}.unfinished`, 'PG_VERSION'), '18\n');
    const rows = await onServer(
      () => start({ dataFolder: cut }),
      (url) => query(url, 'select 1 as one'),
    );
    expect(rows).toEqual([{ one: 1 }]);
    expect(existsSync(`${cut}.unfinished`)).toBe(false);
    rmSync(cut, { recursive: true });
  });
});

async function onServer<T>(start: () => Promise<RunningPostgres>, work: (url: string) => Promise<T>): Promise<T> {
  const postgres = await start();
  try {
    return await work(postgres.url);
  } finally {
    await postgres.stop();
  }
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', silent);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

function postmasterOf(dataFolder: string): number {
  return Number(readFileSync(join(dataFolder, 'postmaster.pid'), 'utf8').split('\n')[0]);
}

async function listener(): Promise<{ server: Server; port: number }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { server, port: typeof address === 'object' && address ? address.port : 0 };
}
