import type { Session } from '#postgres';

/**
 * Until this transaction ends, no other one of this service that names the same thing goes on: whoever comes later sees all
 * that the earlier one committed.
 */
export async function oneAtATime(thing: string, tx: Session): Promise<void> {
  await tx.query({
    name: 'one-at-a-time',
    text: `SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' ' || $1::text, 0))`,
    values: [thing],
  });
}
