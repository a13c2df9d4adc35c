import type { DocumentReference, Task } from 'fhir/r4';
import { idIn } from '#fhir';
import { isOpen } from '../state-before.js';

/**
 * The part with which an outcome summary is told: one of the provider that the letter is by, so that it comes from nobody else. A letter
 * of a milestone goes with a part that is open, one at the end with a part that was completed; where several are, with the newest.
 */
export function partOfOutcome({ custodian, docStatus }: DocumentReference, parts: readonly Task[]): Task | undefined {
  const author = idIn(custodian, 'Organization');
  const meant = parts.filter(({ status }) => status !== 'entered-in-error');
  const own = meant.filter(({ owner }) => author !== undefined && idIn(owner, 'Organization') === author);
  const among = own.length > 0 ? own : meant;
  const fit = among.filter((part) => (docStatus === 'preliminary' ? isOpen(part) : part.status === 'completed'));
  return [...(fit.length > 0 ? fit : among)].sort((one, other) => at(one).localeCompare(at(other))).at(-1);
}

function at({ lastModified = '' }: Task): string {
  return lastModified;
}
