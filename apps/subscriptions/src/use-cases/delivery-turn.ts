import type { Session } from '#postgres';

/**
 * Who adds notifications to a Subscription has it alone until commit, so that numbers and the order within a lane are given in
 * the order in which they become visible. Locks are taken in one order: two events cannot wait for each other.
 */
export async function takeTurn(subscriptionIds: readonly string[], tx: Session): Promise<void> {
  await tx.query({
    name: 'delivery-turn',
    text: `SELECT pg_advisory_xact_lock(key)
           FROM (SELECT DISTINCT hashtextextended(id, 0) AS key FROM unnest($1::text[]) AS id ORDER BY 1) AS turn`,
    values: [subscriptionIds],
  });
}

/** Who settles a notification does so beside others that settle, and sees all that was added before. */
export async function shareTurn(subscriptionId: string, tx: Session): Promise<void> {
  await tx.query({
    name: 'delivery-turn-shared',
    text: 'SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))',
    values: [subscriptionId],
  });
}
