import { randomUUID } from 'node:crypto';
import type { Consent } from 'fhir/r4';
import type { Session } from '#postgres';
import { commitWrites } from './commit.js';
import { asConflict } from './conflict.js';
import type { Act, Stored, Write } from './stored.js';
import type { Withholding, Withholdings } from './withholdings.js';

export function isConsent(write: Write): boolean {
  return (write.interaction === 'delete' ? write.type : write.resource.resourceType) === 'Consent';
}

/**
 * Commits Consents together with what they withhold of this service's own rows: whoever is told that one stands reads nothing
 * here afterwards that it withholds. First the persons, as every write does it, then the writes.
 */
export async function committedWithConsents(
  writes: readonly Write[],
  { act, now }: { act: Act; now: Date },
  {
    tx,
    withholdings,
    withheldBy,
  }: { tx: Session; withholdings: Withholdings; withheldBy: (consent: Consent) => readonly Withholding[] },
): Promise<Stored[]> {
  const identified = writes.map(withId);
  try {
    for (const write of identified.filter(isConsent)) {
      const isDeleted = write.interaction === 'delete';
      const id = isDeleted ? write.id : (write.resource.id ?? '');
      const withheld = isDeleted ? [] : withheldBy(write.resource as Consent);
      await withholdings.replace(id, () => Promise.resolve(withheld), { now, tx });
    }
  } catch (error) {
    throw asConflict(error, []);
  }
  return commitWrites(tx, identified, { act, now });
}

function withId(write: Write): Write {
  if (write.interaction !== 'create' || write.resource.id !== undefined) return write;
  return { ...write, resource: { ...write.resource, id: randomUUID() } };
}
