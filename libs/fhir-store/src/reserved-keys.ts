import { resourceIdOf } from '#fhir';
import type { Session } from '#postgres';
import { type KeyClaim, turnsOf } from './key-parts.js';

/** A key that a reservation has taken, and who held it before. */
export interface TakenKey {
  key: string;
  /** Reference (`Task/1`); absent for a key that was free. */
  from?: string;
}

interface KeyRow {
  key: string;
  holder: string | null;
}

/** Takes keys when their turn has come, as every commit that wants several; one that may not pass breaks the primary key. */
export async function takeKeys(
  claims: readonly KeyClaim[],
  { now, tx }: { now: Date; tx: Session },
): Promise<TakenKey[]> {
  if (claims.length === 0) return [];
  const keys = claims.map(({ k }) => k);
  await tx.query({
    name: 'reserve-keys-turns',
    text: turnsOf('SELECT unnest($1::text[]) AS key'),
    values: [keys],
  });
  const rows = await tx.query<KeyRow>({
    name: 'reserve-keys-lock',
    text: `SELECT key, resource_type || '/' || resource_id AS holder FROM used_key
           WHERE key = ANY($1::text[]) ORDER BY key FOR UPDATE`,
    values: [keys],
  });
  const held = new Map(rows.map(({ key, holder }) => [key, holder]));
  const passing = claims.filter(({ k, f }) => f.includes(held.get(k) ?? ''));
  await makeKeys(
    claims.filter((claim) => !passing.includes(claim)),
    { now, tx },
  );
  for (const claim of passing) await passKey(claim, tx);
  return claims.map(({ k }): TakenKey => {
    const from = held.get(k);
    return { key: k, ...(from === undefined || from === null ? {} : { from }) };
  });
}

/** Gives each key back to who held it. */
export async function giveBackKeys(keys: readonly TakenKey[], tx: Session): Promise<void> {
  await tx.query({
    name: 'unreserve-keys',
    text: 'DELETE FROM used_key WHERE key = ANY($1::text[])',
    values: [keys.filter(({ from }) => from === undefined).map(({ key }) => key)],
  });
  for (const { key, from } of keys) {
    const holder = resourceIdOf(from);
    if (holder) await passKey({ k: key, t: holder.type, i: holder.id }, tx);
  }
}

async function makeKeys(claims: readonly KeyClaim[], { now, tx }: { now: Date; tx: Session }): Promise<void> {
  await tx.query({
    name: 'reserve-keys',
    text: `INSERT INTO used_key (key, used_at, resource_type, resource_id)
           SELECT c.k, $1::timestamptz, c.t, c.i FROM jsonb_to_recordset($2::jsonb) AS c(k text, t text, i text)`,
    values: [now, JSON.stringify(claims)],
  });
}

async function passKey({ k, t, i }: Pick<KeyClaim, 'k' | 't' | 'i'>, tx: Session): Promise<void> {
  await tx.query({
    name: 'pass-key',
    text: 'UPDATE used_key SET resource_type = $2, resource_id = $3 WHERE key = $1',
    values: [k, t ?? null, i ?? null],
  });
}
