import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { freshDatabase, type FreshDatabase } from '#testing';
import { Database, type DatabaseOptions, type Session } from './database.js';
import { DatabaseUnavailable, sqlState, violatedConstraint } from './database-error.js';
import { migrate } from './migrate.js';

const password = 'of this test';
const login = `login_of_database_spec_${String(process.pid)}`;
let fresh: FreshDatabase;
let url: string;
const open: Database[] = [];

beforeAll(async () => {
  fresh = await freshDatabase();
  await migrate({
    adminUrl: fresh.url,
    schema: 'one',
    login: { name: login, password },
    migrations: [{ name: 'First1763750000001', up: ['CREATE TABLE note (id int PRIMARY KEY, said text)'] }],
  });
  const address = new URL(fresh.url);
  address.username = login;
  address.password = password;
  url = address.href;
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((database) => database.close()));
  await asAdmin('TRUNCATE one.note');
});
afterAll(async () => {
  await fresh.drop();
  const other = await freshDatabase();
  const client = new pg.Client({ connectionString: other.url });
  await client.connect();
  await client.query(`DROP ROLE ${login}`);
  await client.end();
  await other.drop();
});

function databaseOf(more: Partial<DatabaseOptions> = {}): Database {
  const database = new Database({ url, schema: 'one', applicationName: 'database-spec', maxConnections: 2, ...more });
  open.push(database);
  return database;
}

async function asAdmin(text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: fresh.url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

const audienceOf = async (session: Session): Promise<unknown> => {
  const [row] = await session.query<{ audience: string }>({
    text: `SELECT current_setting('ginnel.audience') AS audience`,
  });
  return row?.audience;
};

const notes = async () => (await asAdmin('SELECT id FROM one.note ORDER BY id')).map(({ id }) => id);

describe('a database session', () => {
  it('names who reads, whatever the connection did before', async () => {
    const database = databaseOf({ maxConnections: 1 });
    const readers = [['a'], ['b', 'public'], ['*'], [], ['a'], ['*', 'b'], ['b', 'public']];
    const seen = [];
    for (const reader of readers) seen.push(await audienceOf(database.as(reader)));
    expect(seen).toEqual(['a', 'b,public', '*', '', 'a', '*', 'b,public']);
  });

  it('keeps readers apart that take turns on few connections', async () => {
    const database = databaseOf({ maxConnections: 2 });
    const asked = Array.from({ length: 400 }, (_, at) => [`organisation-${String(at % 7)}`, 'public']);
    const seen = await Promise.all(
      asked.map((reader, at) =>
        at % 3 === 0
          ? database.transaction(reader, audienceOf).then((audience) => audience)
          : audienceOf(database.as(reader)),
      ),
    );
    expect(seen).toEqual(asked.map((reader) => reader.join(',')));
  });

  it('gives a statement of a reader less time than one of the service', async () => {
    const database = databaseOf({ statementTimeoutMs: 5_000, readTimeoutMs: 40 });
    const sleep = { text: 'SELECT pg_sleep(0.2)' };
    await expect(database.as(['a']).query(sleep)).rejects.toMatchObject({ code: '57014' });
    expect(await database.as(['*']).query(sleep)).toHaveLength(1);
  });

  it('refuses an organisation that the policy would take for two', () => {
    return expect(audienceOf(databaseOf().as(['a,b']))).rejects.toThrow('has a comma in its id');
  });

  it('keeps the audience of a connection whose transaction was rolled back', async () => {
    const database = databaseOf({ maxConnections: 1 });
    const failing = database.transaction(['a'], async (tx) => tx.query({ text: 'SELECT nothing' }));
    await expect(failing).rejects.toThrow('does not exist');
    expect([await audienceOf(database.as(['a'])), await audienceOf(database.as(['b']))]).toEqual(['a', 'b']);
  });

  it('refuses a statement name that PostgreSQL would cut', async () => {
    const named = databaseOf()
      .as(['*'])
      .query({ name: 'n'.repeat(64), text: 'SELECT 1' });
    await expect(named).rejects.toThrow('is too long');
    await databaseOf()
      .as(['*'])
      .query({ name: 'n'.repeat(63), text: 'SELECT 1' });
  });
});

describe('a transaction', () => {
  it('is committed when its work resolves', async () => {
    const answer = await databaseOf().transaction(['*'], async (tx) => {
      await tx.query({ text: 'INSERT INTO note VALUES ($1), (2)', values: [1] });
      return 'done';
    });
    expect([answer, await notes()]).toEqual(['done', [1, 2]]);
  });

  it('is rolled back when its work throws, and its connection goes on', async () => {
    const database = databaseOf({ maxConnections: 1 });
    const failing = database.transaction(['*'], async (tx) => {
      await tx.query({ text: 'INSERT INTO note VALUES (1)' });
      throw new Error('the work failed');
    });
    await expect(failing).rejects.toThrow('the work failed');
    await database.transaction(['*'], (tx) => tx.query({ text: 'INSERT INTO note VALUES (2)' }));
    expect(await notes()).toEqual([2]);
  });

  it('does not pass for committed where a statement failed and its work went on', async () => {
    const database = databaseOf();
    const failing = database.transaction(['*'], async (tx) => {
      await tx.query({ text: 'INSERT INTO note VALUES (1)' });
      await tx.query({ text: 'SELECT nothing' }).catch(() => undefined);
    });
    await expect(failing).rejects.toThrow('nothing was committed');
    expect(await notes()).toEqual([]);
  });

  it('tells the constraint that was broken', async () => {
    const database = databaseOf();
    const twice = database.as(['*']).query({ text: 'INSERT INTO note VALUES (1), (1)' });
    const error: unknown = await twice.catch((thrown: unknown) => thrown);
    expect([sqlState(error), violatedConstraint(error)]).toEqual(['23505', 'note_pkey']);
    expect([sqlState(new Error('other')), violatedConstraint(new Error('other'))]).toEqual([undefined, undefined]);
  });
});

describe('a connection that is lost', () => {
  const endOthers = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = 'database-spec' AND datname = current_database()`;

  it('while it idles, is replaced by the next statement', async () => {
    const lost: Error[] = [];
    let told = (): void => undefined;
    const noticed = new Promise<void>((resolve) => (told = resolve));
    const onError = (error: Error) => {
      lost.push(error);
      told();
    };
    const database = databaseOf({ maxConnections: 1, onError });
    expect(await audienceOf(database.as(['a']))).toBe('a');
    await asAdmin(endOthers);
    await noticed;
    // The new connection has forgotten the audience; it is said again.
    expect(await audienceOf(database.as(['a']))).toBe('a');
    expect(lost.map(sqlState)).toEqual(['57P01']);
  });

  it('during a transaction, fails it whole and is not used again', async () => {
    const database = databaseOf({ maxConnections: 1, onError: () => undefined });
    const failing = database.transaction(['*'], async (tx) => {
      await tx.query({ text: 'INSERT INTO note VALUES (1)' });
      await tx.query({ text: endOthers.replace('WHERE', 'WHERE pid = pg_backend_pid() AND') });
    });
    await expect(failing).rejects.toMatchObject({ code: '57P01' });
    await database.as(['*']).query({ text: 'INSERT INTO note VALUES (2)' });
    expect(await notes()).toEqual([2]);
  });

  it('without a word of the server, is an unavailable database', async () => {
    const link = await openLink(new URL(url));
    const address = new URL(url);
    address.port = String(link.port);
    const database = databaseOf({ url: address.href, maxConnections: 1, onError: () => undefined });
    await database.as(['*']).query({ text: 'SELECT 1' });
    const failing = database.transaction(['*'], async (tx) => {
      await tx.query({ text: 'INSERT INTO note VALUES (1)' });
      link.cut();
      await tx.query({ text: 'INSERT INTO note VALUES (2)' });
    });
    await expect(failing).rejects.toMatchObject({ name: 'DatabaseUnavailable', code: '08006' });
    await link.close();
    await expect(database.as(['*']).query({ text: 'SELECT 1' })).rejects.toThrow(DatabaseUnavailable);
    expect(await notes()).toEqual([]);
  });

  it('keeps an error of the work that speaks of another connection', async () => {
    const other = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });
    const failing = databaseOf().transaction(['*'], () => Promise.reject(other));
    await expect(failing).rejects.toBe(other);
  });
});

describe('a busy database', () => {
  it('ends a statement that takes too long', async () => {
    const database = databaseOf({ maxConnections: 1, statementTimeoutMs: 50 });
    await expect(database.as(['*']).query({ text: 'SELECT pg_sleep(5)' })).rejects.toMatchObject({ code: '57014' });
    expect(await audienceOf(database.as(['*']))).toBe('*');
  });

  it('lets statements wait for a connection', async () => {
    const database = databaseOf({ maxConnections: 1 });
    const counted = await Promise.all(
      Array.from({ length: 50 }, (_, at) => database.as(['*']).query({ text: 'SELECT $1::int AS at', values: [at] })),
    );
    expect(counted).toEqual(Array.from({ length: 50 }, (_, at) => [{ at }]));
  });

  it('does not let them wait for ever, and readers not for writers', async () => {
    const database = databaseOf({ maxConnections: 1, connectionWaitMs: 500 });
    await audienceOf(database.as(['a']));
    await database.transaction(['*'], async () => {
      await expect(database.as(['*']).query({ text: 'SELECT 1' })).rejects.toThrow(DatabaseUnavailable);
      expect(await audienceOf(database.as(['a']))).toBe('a');
    });
  });

  it('closes after what runs, takes nothing new, and may be closed twice', async () => {
    const database = databaseOf({ maxConnections: 1 });
    let begun = (): void => undefined;
    const running = new Promise<void>((resolve) => (begun = resolve));
    let finish = (): void => undefined;
    const held = new Promise<void>((resolve) => (finish = resolve));
    const work = database.transaction(['*'], async (tx) => {
      begun();
      await held;
      await tx.query({ text: 'INSERT INTO note VALUES (1)' });
    });
    await running;
    const closing = [database.close(), database.close()];
    await expect(database.as(['*']).query({ text: 'SELECT 1' })).rejects.toThrow(DatabaseUnavailable);
    finish();
    await Promise.all([work, ...closing]);
    expect(await notes()).toEqual([1]);
  });

  it('holds a connection for as long as it is worked with', async () => {
    const database = databaseOf({ maxConnections: 2 });
    const got = await database.connection(async (client) => {
      const lock = 'SELECT pg_try_advisory_lock(7) AS got';
      const [mine, theirs] = [
        await client.query<{ got: boolean }>(lock),
        await database.as(['*']).query({ text: lock }),
      ];
      await client.query('SELECT pg_advisory_unlock(7)');
      return [...mine.rows, ...theirs];
    });
    expect(got).toEqual([{ got: true }, { got: false }]);
  });
});

/** A link to the server that can be cut without a word. */
async function openLink(to: URL): Promise<{ port: number; cut: () => void; close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((near) => {
    const far = connect(Number(to.port), to.hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const close = () =>
    new Promise<void>((resolve) =>
      server.close(() => {
        resolve();
      }),
    );
  return { port: (server.address() as AddressInfo).port, cut, close };
}
