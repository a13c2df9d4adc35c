import type { ServiceName } from '#fhir';
import { type Committed, coordinate } from './coordinate.js';
import type { IdentifiedEntry, WriteEntry } from './entry.js';
import { identified, type Identifying } from './identities.js';
import type { Part } from './participant.js';
import { resolved } from './references.js';
import type { Transactions } from './transactions.js';
import { whilePassing } from './while-passing.js';

export interface Across {
  identifying: Identifying;
  transactions: Transactions;
  partOf: (entries: readonly IdentifiedEntry[]) => Part;
}

const attemptsAtMost = 5;

/** Entries of several owners, or of one in another process. */
export function committedAcross(writes: readonly WriteEntry[], across: Across): Promise<Committed> {
  return whilePassing(attemptsAtMost, () => attempt(writes, across));
}

async function attempt(
  writes: readonly WriteEntry[],
  { identifying, transactions, partOf }: Across,
): Promise<Committed> {
  const entries = await resolved(await identified(writes, identifying), identifying);
  const { resources, caller, act, now } = partOf(entries);
  const parts = new Map<ServiceName, { entries: IdentifiedEntry[] }>();
  for (const entry of entries) {
    parts.set(entry.owner, { entries: [...(parts.get(entry.owner)?.entries ?? []), entry] });
  }
  return coordinate({ transaction: identifying.newId(), parts, resources, behalf: { caller, act, now } }, transactions);
}
