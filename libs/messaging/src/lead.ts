import type { PoolClient } from 'pg';
import type { Database } from '#postgres';

/** The lead over a job that one process of a service does at a time. */
export interface Lead {
  /** True once the connection that holds the lock broke: another process may lead already. */
  readonly lost: boolean;
}

export interface Job {
  name: string;
  work: (lead: Lead) => Promise<void>;
  onLost?: () => void;
}

/**
 * Runs the job if no other process of this schema does; answers at once when one does. An advisory lock lives as long as its
 * connection, so the lead of a dead process is free again without a clock.
 */
export async function takeLead(database: Database, job: Job): Promise<void> {
  await database.connection(async (client) => {
    let error: Error | undefined;
    const lose = (cause: Error): void => {
      error = cause;
      job.onLost?.();
    };
    // Without a listener the end of this connection would be the end of the process.
    client.on('error', lose);
    try {
      if (!(await lock(client, job.name))) return;
      await job.work({
        get lost() {
          return error !== undefined;
        },
      });
    } finally {
      if (error === undefined) await client.query('SELECT pg_advisory_unlock_all()');
      client.off('error', lose);
    }
    // The pool must not hand out this connection again.
    if (error !== undefined) throw error;
  });
}

async function lock(client: PoolClient, name: string): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>(
    'SELECT pg_try_advisory_lock(hashtext($1), hashtext(current_schema())) AS taken',
    [name],
  );
  return rows[0]?.taken === true;
}
