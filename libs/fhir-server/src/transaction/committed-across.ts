import { setTimeout as sleep } from 'node:timers/promises';
import { FhirError, type ServiceName } from '#fhir';
import { type Committed, coordinate } from './coordinate.js';
import type { IdentifiedEntry, WriteEntry } from './entry.js';
import { identified, type Identifying } from './identities.js';
import type { Part } from './participant.js';
import { resolved } from './references.js';
import type { Transactions } from './transactions.js';

export interface Across {
  identifying: Identifying;
  transactions: Transactions;
  partOf: (entries: readonly IdentifiedEntry[]) => Part;
}

const attempts = 5;

/** Entries of several owners, or of one in another process. Where others were faster beside what is named here, it tries again. */
export async function committedAcross(writes: readonly WriteEntry[], across: Across): Promise<Committed> {
  for (let left = attempts - 1; ; left--) {
    try {
      return await attempt(writes, across);
    } catch (thrown) {
      if (left === 0 || !isPassing(thrown)) throw thrown;
      // Those that met here try again one after the other.
      await sleep(Math.random() * 50 * (attempts - left));
    }
  }
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

/** Another request was faster with something that is not the client's own; all that was set aside is let go. */
function isPassing(thrown: unknown): boolean {
  return thrown instanceof FhirError && thrown.status === 409 && thrown.issues[0]?.code === 'transient';
}
