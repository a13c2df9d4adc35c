import { endingOf, isOver } from './ending.js';
import { valueOf } from './measures-section.js';
import { partsOf } from './referral-offers.js';
import type { ReferralRecord } from './referral-record.js';
import { isSameStage, type Stage } from './stage.js';
import type { Measure } from './summary-input.js';

/** What the requester did itself, it need not be told. */
const untold: readonly string[] = ['cancelled-by-requester'];

/** True where a summary of this milestone was made; one at the end may be made again, where it says something else. */
export function isMadeAt(stage: Stage, earlier: readonly { stage: Stage }[]): boolean {
  return stage.code !== 'end' && earlier.some((one) => one.stage.code === 'end' || isSameStage(one.stage, stage));
}

/** Whether the referral, as it stands now, has come to where this summary is made. */
export function isStageReached(
  stage: Stage,
  record: ReferralRecord,
  { measures, isFirst }: { measures: readonly Measure[]; isFirst: boolean },
): boolean {
  const parts = partsOf(record);
  if (record.referral.status === 'entered-in-error') return false;
  switch (stage.code) {
    case 'end':
      return (
        isOver(record.referral, parts) && !(isFirst && untold.includes(endingOf(record.referral, parts)?.code ?? ''))
      );
    case 'first-scores':
      return !isOver(record.referral, parts) && measures.some(isMeasuredTwice);
    case 'weeks':
      return !isOver(record.referral, parts);
  }
}

/** A score that says why it is missing is none. */
function isMeasuredTwice({ before, after }: Measure): boolean {
  return valueOf(before) !== undefined && valueOf(after) !== undefined;
}

/** Whether a summary of this stage may be said anew: a referral that goes on again is not at its end, and an error has none. */
export function mayBeCorrected(stage: Stage, record: ReferralRecord): boolean {
  if (record.referral.status === 'entered-in-error') return false;
  return stage.code !== 'end' || isOver(record.referral, partsOf(record));
}
