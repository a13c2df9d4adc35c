import pg from 'pg';
import { asAdmin } from './opened-store.js';

/**
 * Tables of the schema `referral`, or all, as they are after a while. Until PostgreSQL has seen to all of them, a plan depends on
 * how far it has come: on how many pages it knows to be seen by everybody, and none is while a commit of about that moment, of
 * whichever database, is not on the disk. So again, until all are.
 */
export async function vacuum(adminUrl: string, tables?: readonly string[]): Promise<void> {
  const named = tables?.map((table) => `referral.${table}`).join(', ') ?? '';
  await asAdmin(adminUrl, `VACUUM (ANALYZE) ${named}`);
  do {
    await asAdmin(adminUrl, 'CHECKPOINT');
    await asAdmin(adminUrl, `VACUUM ${named}`);
  } while ((await hiddenPages(adminUrl, tables)) > 0);
}

async function hiddenPages(adminUrl: string, tables: readonly string[] | undefined): Promise<number> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ pages: number }>(
      `SELECT coalesce(sum(relpages - relallvisible), 0)::int AS pages FROM pg_class
       WHERE relnamespace = 'referral'::regnamespace AND relkind = 'r' AND relname = ANY (coalesce($1, ARRAY[relname::text]))`,
      [tables ?? null],
    );
    return rows[0]?.pages ?? 0;
  } finally {
    await client.end();
  }
}
