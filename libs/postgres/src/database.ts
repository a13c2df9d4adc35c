import pg from 'pg';

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
  /** For everyone and for readers, each. */
  maxConnections?: number;
  statementTimeoutMs?: number;
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

  constructor(options: DatabaseOptions) {
    this.#everyone = poolOf(options, '*');
    this.#readers = poolOf(options, '');
  }

  /** Statements on their own, each committed by itself. */
  as(audience: readonly string[]): Session {
    return { query: (statement) => this.#with(audience, (client) => run(client, statement)) };
  }

  /** Statements together: committed when `work` resolves, rolled back when it throws. */
  async transaction<T>(audience: readonly string[], work: (tx: Session) => Promise<T>): Promise<T> {
    return this.#with(audience, async (client) => {
      await client.query('BEGIN');
      try {
        const result = await work({ query: (statement) => run(client, statement) });
        await client.query('COMMIT');
        return result;
      } catch (error) {
        await client.query('ROLLBACK').catch(() => undefined);
        throw error;
      }
    });
  }

  /** A connection of its own for as long as `work` takes: advisory locks. */
  async connection<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    return this.#with(['*'], work);
  }

  async close(): Promise<void> {
    await Promise.all([this.#everyone.end(), this.#readers.end()]);
  }

  async #with<T>(audience: readonly string[], work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const forEveryone = audience.includes('*');
    const client = await (forEveryone ? this.#everyone : this.#readers).connect();
    let broken: Error | undefined;
    try {
      if (!forEveryone) await this.#setAudience(client, audience.join(','));
      return await work(client);
    } catch (error) {
      if (isConnectionLost(error)) broken = error as Error;
      throw error;
    } finally {
      client.release(broken);
    }
  }

  async #setAudience(client: pg.PoolClient, audience: string): Promise<void> {
    if (this.#audiences.get(client) === audience) return;
    await client.query({
      name: 'ginnel-audience',
      text: "SELECT set_config('ginnel.audience', $1, false)",
      values: [audience],
    });
    this.#audiences.set(client, audience);
  }
}

/** SQLSTATE of a PostgreSQL error; undefined for any other. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** The constraint that a unique violation (23505) broke; undefined for any other error. */
export function violatedConstraint(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError && error.code === '23505' ? error.constraint : undefined;
}

function poolOf(options: DatabaseOptions, audience: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.applicationName,
    max: options.maxConnections ?? 10,
    statement_timeout: options.statementTimeoutMs ?? 30_000,
    options: `-c search_path=${options.schema} -c timezone=UTC -c ginnel.audience=${audience}`,
  });
  // Without a listener a server stop ends the process.
  pool.on('error', (error) => options.onError?.(error));
  return pool;
}

async function run<Row>(client: pg.PoolClient, { name, text, values }: Statement): Promise<Row[]> {
  const result = await client.query({ ...(name === undefined ? {} : { name }), text, values: [...(values ?? [])] });
  return result.rows as Row[];
}

function isConnectionLost(error: unknown): boolean {
  const state = sqlState(error);
  return state === undefined ? error instanceof Error && 'code' in error : /^(08|57P0)/.test(state);
}
