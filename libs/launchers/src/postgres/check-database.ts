import pg from 'pg';
import { errorCode, StartError } from '../start-error.js';

interface Rights {
  version: number;
  mayCreateRoles: boolean;
  mayCreateSchemas: boolean;
}

const oldestMajor = 15;
const timeoutMs = 5_000;

/** Whether the given database can carry Ginnel; what stands against it is a StartError. */
export async function checkDatabase(url: string): Promise<void> {
  const { version, mayCreateRoles, mayCreateSchemas } = await rightsAt(url);
  if (version < oldestMajor * 10_000) {
    throw new StartError(`DATABASE_URL leads to a PostgreSQL older than ${String(oldestMajor)}: use a newer server.`);
  }
  if (!mayCreateRoles || !mayCreateSchemas) {
    throw new StartError(
      'The login of DATABASE_URL may not create roles and schemas: give it CREATEROLE and CREATE on the database.',
    );
  }
}

async function rightsAt(url: string): Promise<Rights> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: timeoutMs, query_timeout: timeoutMs });
  client.on('error', () => undefined); // the query that runs reports it too
  try {
    await client.connect();
    const { rows } = await client.query<Rights>(
      `select current_setting('server_version_num')::int as version,
              rolsuper or rolcreaterole as "mayCreateRoles",
              has_database_privilege(current_database(), 'CREATE') as "mayCreateSchemas"
         from pg_roles where rolname = current_user`,
    );
    const [rights] = rows;
    if (!rights) throw new Error('The server does not know the login it let in');
    return rights;
  } catch (error) {
    throw new StartError(
      `DATABASE_URL leads to no database that lets us in (${reason(error)}): check address and login.`,
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}

// The message of a refusal names login and database, which belong into no log; its code is enough.
function reason(error: unknown): string {
  return (
    errorCode(error) ?? (error instanceof Error && /timeout|timed out/.test(error.message) ? 'no answer' : 'refused')
  );
}
