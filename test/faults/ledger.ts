import type { Database } from '#postgres';
import { resources, versionsEach } from './plan.js';

/** What was written and what became of it, each as `Task/task-1 3`. */
export interface Ledger {
  versions: string[];
  /** In the order in which they were committed. */
  effects: string[];
  /** Effects whose content was another version than the event said. */
  strange: string[];
  parked: number;
  unpublished: number;
}

export async function ledgerOf({ referral, outcomes }: Record<'referral' | 'outcomes', Database>): Promise<Ledger> {
  const versions = await referral.as(['*']).query<{ version: string }>({
    text: `SELECT type || '/' || id || ' ' || version AS version FROM every_version ORDER BY id, version`,
  });
  const effects = await outcomes.as(['*']).query<{ effect: string; strange: boolean }>({
    text: `SELECT resource || ' ' || sequence AS effect, sequence::text <> version_in_content AS strange FROM effect ORDER BY id`,
  });
  return {
    versions: versions.map(({ version }) => version),
    effects: effects.map(({ effect }) => effect),
    strange: effects.filter(({ strange }) => strange).map(({ effect }) => effect),
    parked: await count(outcomes, `SELECT count(*)::int AS count FROM dead_letter WHERE state = 'parked'`),
    unpublished: await count(referral, 'SELECT count(*)::int AS count FROM outbox WHERE published_at IS NULL'),
  };
}

/** Sentences about what is wrong; none when every version had its effect exactly once and in order. */
export function difference(acknowledged: ReadonlySet<string>, ledger: Ledger): string[] {
  const { versions, effects, strange, parked, unpublished } = ledger;
  const expected = resources * versionsEach;
  const written = new Set(versions);
  const done = new Set(effects);
  return [
    ...(versions.length === expected
      ? []
      : [`${String(versions.length)} versions were written instead of ${String(expected)}.`]),
    ...[...acknowledged]
      .filter((version) => !written.has(version))
      .map((version) => `${version} was acknowledged and is lost.`),
    ...versions.filter((version) => !done.has(version)).map((version) => `${version} has had no effect.`),
    ...effects
      .filter((effect, at) => effects.indexOf(effect) !== at)
      .map((effect) => `${effect} has had an effect twice.`),
    ...outOfOrder(effects).map((effect) => `${effect} came out of order.`),
    ...strange.map((effect) => `${effect} carried the content of another version.`),
    ...(parked === 0 ? [] : [`${String(parked)} events are parked.`]),
    ...(unpublished === 0 ? [] : [`${String(unpublished)} events are not published.`]),
  ];
}

function outOfOrder(effects: readonly string[]): string[] {
  const last = new Map<string, number>();
  return effects.filter((effect) => {
    const [resource = '', sequence = '0'] = effect.split(' ');
    const before = last.get(resource) ?? 0;
    last.set(resource, Number(sequence));
    return Number(sequence) < before;
  });
}

async function count(database: Database, text: string): Promise<number> {
  const [row] = await database.as(['*']).query<{ count: number }>({ text });
  return row?.count ?? 0;
}
