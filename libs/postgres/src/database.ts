import pg from 'pg';
import { asUnavailable, isConnectionLost } from './database-error.js';

/** One SQL statement; a name makes it prepared. */
export interface Statement {
  name?: string;
  text: string;
  values?: readonly unknown[];
}

/** Where statements run: the pool, or one open transaction. Both read as the audience they were opened for. */
export interface Session {
  query<Row>(statement: Statement): Promise<Row[]>;
}

export interface DatabaseOptions {
  /** postgres:// address of the service's own login, which is neither owner nor superuser. */
  url: string;
  schema: string;
  applicationName: string;
  /** For everyone and for readers, each; 24 and 8 unless told. */
  maxConnections?: number;
  statementTimeoutMs?: number;
  /** Of readers' statements: that of all others unless told. */
  readTimeoutMs?: number;
  /** How long a statement waits for a free connection. */
  connectionWaitMs?: number;
  onError?: (error: Error) => void;
}

/**
 * A service's connections. Row-level security reads `ginnel.audience`, so every session names who reads. Sessions for
 * everyone ('*': commits, handlers, relay) have connections of their own; on the others the setting is sent only when a
 * connection changes hands between audiences.
 */
export class Database {
  readonly #everyone: pg.Pool;
  readonly #readers: pg.Pool;
  readonly #audiences = new WeakMap<pg.PoolClient, string>();
  #closed: Promise<unknown> | undefined;

  constructor(options: DatabaseOptions) {
    // Commits wait for the disk, and those that wait together share its flush; reads do not wait.
    this.#everyone = poolOf(options, { audience: '*', max: 24 });
    this.#readers = poolOf(options, { audience: '', max: 8, timeoutMs: options.readTimeoutMs });
  }

  /** Statements on their own, each committed by itself. */
  as(audience: readonly string[]): Session {
    return { query: (statement) => this.#with(audience, (client) => run(client, statement)) };
  }

  /** Statements together: committed when `work` resolves, rolled back when it throws. */
  async transaction<T>(audience: readonly string[], work: (tx: Session) => Promise<T>): Promise<T> {
    return this.#with(audience, async (client) => {
      await run(client, { text: 'BEGIN' });
      try {
        const result = await work({ query: (statement) => run(client, statement) });
        await commit(client);
        return result;
      } catch (error) {
        await rollBack(client, error);
        throw error;
      }
    });
  }

  /** A connection of its own for as long as `work` takes: advisory locks. */
  async connection<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    return this.#with(['*'], work);
  }

  /** Waits for what runs; a second call waits for the first. */
  async close(): Promise<void> {
    this.#closed ??= Promise.all([this.#everyone.end(), this.#readers.end()]);
    await this.#closed;
  }

  async #with<T>(audience: readonly string[], work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const forEveryone = audience.includes('*');
    const client = await (forEveryone ? this.#everyone : this.#readers).connect().catch(asUnavailable);
    let broken: Error | undefined;
    try {
      if (!forEveryone) await this.#setAudience(client, audience);
      return await work(client);
    } catch (error) {
      broken = error instanceof RollbackFailed || isConnectionLost(error) ? (error as Error) : undefined;
      throw error instanceof RollbackFailed ? error.cause : error;
    } finally {
      client.release(broken);
    }
  }

  async #setAudience(client: pg.PoolClient, audience: readonly string[]): Promise<void> {
    const setting = settingOf(audience);
    if (this.#audiences.get(client) === setting) return;
    // Whether a statement that failed has set it is not known.
    this.#audiences.delete(client);
    await client.query({
      name: 'ginnel-audience',
      text: "SELECT set_config('ginnel.audience', $1, false)",
      values: [setting],
    });
    this.#audiences.set(client, setting);
  }
}

/** A transaction that could not be ended; its connection must not be used again. The cause is why it was to be ended. */
class RollbackFailed extends Error {}

/** PostgreSQL answers the COMMIT of a transaction in which a statement failed with ROLLBACK, and no error. */
async function commit(client: pg.PoolClient): Promise<void> {
  const { command } = await client.query('COMMIT').catch(asUnavailable);
  if (command !== 'COMMIT') throw new Error('A statement of this transaction had failed: nothing was committed.');
}

async function rollBack(client: pg.PoolClient, cause: unknown): Promise<void> {
  if (isConnectionLost(cause)) return;
  await client.query('ROLLBACK').catch(() => {
    throw new RollbackFailed('A transaction could not be rolled back.', { cause });
  });
}

/**
 * The policy splits the setting at commas; one within a name would let its parts pass. Narrowings of a reader (a type, `?`
 * and search parameters) are compiled into queries alone: the policy knows rows by their marks.
 */
function settingOf(audience: readonly string[]): string {
  const marks = audience.filter((mark) => !mark.includes('?'));
  if (marks.some((mark) => mark.includes(',')))
    throw new Error('An organisation of an audience has a comma in its id.');
  return marks.join(',');
}

/**
 * What every connection of a service is set to. Pages are read from memory or from a disk without a head: by PostgreSQL's
 * default price of a jump it would rather read a table from end to end. Starting workers, or compiling a plan, takes longer
 * than any page of results.
 */
export function sessionSettings(schema: string, audience: string): string {
  const planning = '-c random_page_cost=1.1 -c max_parallel_workers_per_gather=0 -c jit=off';
  return `-c search_path=${schema} -c timezone=UTC ${planning} -c ginnel.audience=${audience}`;
}

interface PoolKind {
  audience: string;
  max: number;
  timeoutMs?: number | undefined;
}

function poolOf(options: DatabaseOptions, { audience, max, timeoutMs }: PoolKind): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.applicationName,
    max: options.maxConnections ?? max,
    // One that is opened anew has yet to plan every statement.
    idleTimeoutMillis: 300_000,
    connectionTimeoutMillis: options.connectionWaitMs ?? 10_000,
    statement_timeout: timeoutMs ?? options.statementTimeoutMs ?? 30_000,
    options: sessionSettings(options.schema, audience),
  });
  // Without a listener a server stop ends the process: the pool hears what idles, the client what is in use.
  pool.on('error', (error) => options.onError?.(error));
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

const longestName = 63;

async function run<Row>(client: pg.PoolClient, { name, text, values }: Statement): Promise<Row[]> {
  // PostgreSQL cuts longer names, and two that begin alike would be one statement.
  if (name !== undefined && name.length > longestName) throw new Error(`The statement name ${name} is too long.`);
  const result = await client
    .query({ ...(name === undefined ? {} : { name }), text, values: [...(values ?? [])] })
    .catch(asUnavailable);
  return result.rows as Row[];
}
