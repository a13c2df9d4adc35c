import { createHash } from 'node:crypto';
import type { Identifier } from 'fhir/r4';
import { base } from './codes.js';

export const referralReferenceSystem = `${base}/Id/referral`;

/** Without letters and digits that are mixed up on the telephone. */
const alphabet = '23456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The human-readable reference of a referral, from its Task's id: `GIN-7F3K-92QX-MH`. */
export function referralReference(taskId: string): Identifier {
  const bytes = createHash('sha256').update(taskId).digest();
  const signs = [...bytes.subarray(0, 10)].map((byte) => alphabet[byte % alphabet.length]).join('');
  return { system: referralReferenceSystem, value: `GIN-${signs.slice(0, 4)}-${signs.slice(4, 8)}-${signs.slice(8)}` };
}
