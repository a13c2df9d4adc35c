import type { Session } from '#postgres';

/** What became of a key that may be used once. */
export type KeyDecision = 'used' | 'refused';

/**
 * What became of a key; where nobody has used it, it is refused by this very question, and nothing that names it can be
 * committed any more. One that commits at this moment is waited for.
 */
export async function decideKey(key: string, { session, now }: { session: Session; now: Date }): Promise<KeyDecision> {
  await session.query({
    name: 'refuse-key',
    text: `INSERT INTO used_key (key, used_at, resource_type) VALUES ($1, $2, 'refused') ON CONFLICT DO NOTHING`,
    values: [key, now],
  });
  const rows = await session.query({
    name: 'refused-key',
    text: `SELECT 1 FROM used_key WHERE key = $1 AND resource_type = 'refused' AND resource_id IS NULL`,
    values: [key],
  });
  return rows.length > 0 ? 'refused' : 'used';
}
