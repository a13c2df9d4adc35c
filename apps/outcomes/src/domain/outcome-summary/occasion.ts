import type { DocumentReference } from 'fhir/r4';
import { endingOf, isOver } from './ending.js';
import { valueOf } from './measures-section.js';
import { partsOf } from './referral-offers.js';
import type { ReferralRecord } from './referral-record.js';
import { isSameStage, type Stage } from './stage.js';
import type { Measure } from './summary-input.js';

/** What the requester did itself, it need not be told. */
const untold: readonly string[] = ['cancelled-by-requester'];

/**
 * True where a summary of this milestone was made; one at the end may be made again, where it says something else. That the referral
 * goes on is said in the place of an end that was told, and of nothing else.
 */
export function isMadeAt(stage: Stage, earlier: readonly Made[]): boolean {
  if (stage.code === 'end') return false;
  if (stage.code === 'goes-on') return !isEndTold(earlier.at(-1));
  return earlier.some((one) => isSameStage(one.stage, stage));
}

interface Made {
  stage: Stage;
  reference: Pick<DocumentReference, 'status'>;
}

function isEndTold(last: Made | undefined): boolean {
  return last?.stage.code === 'end' && last.reference.status === 'current';
}

/** Whether the referral, as it stands now, has come to where this summary is made. */
export function isStageReached(
  stage: Stage,
  record: ReferralRecord,
  { measures, isFirst }: { measures: readonly Measure[]; isFirst: boolean },
): boolean {
  if (record.referral.status === 'entered-in-error') return false;
  switch (stage.code) {
    case 'end':
      return isAtEnd(record) && !(isFirst && isKnown(record));
    case 'first-scores':
      return !isAtEnd(record) && measures.some(isMeasuredTwice);
    case 'goes-on':
    case 'weeks':
      return !isAtEnd(record);
  }
}

function isAtEnd(record: ReferralRecord): boolean {
  return isOver(record.referral, partsOf(record));
}

function isKnown(record: ReferralRecord): boolean {
  return untold.includes(endingOf(record.referral, partsOf(record))?.code ?? '');
}

/** A score that says why it is missing is none. */
function isMeasuredTwice({ before, after }: Measure): boolean {
  return valueOf(before) !== undefined && valueOf(after) !== undefined;
}

/** Whether a summary of this stage may be said anew: a referral that goes on again is not at its end, and an error has none. */
export function mayBeCorrected(stage: Stage, record: ReferralRecord): boolean {
  if (record.referral.status === 'entered-in-error') return false;
  return stage.code !== 'end' || isAtEnd(record);
}
