import { Injectable } from '@nestjs/common';
import type { Task } from 'fhir/r4';
import type { Session } from '#postgres';
import { oneAtATime } from '#service';
import { mayBeCorrected } from '../../domain/outcome-summary/occasion.js';
import { GatherRecord } from '../gather-record.js';
import { idsOf, lockOf, StoredSummaries, type StoredSummary } from './stored-summaries.js';
import { WithdrawOutcomeSummary } from './withdraw-outcome-summary.js';
import { type Occasion, WriteSummary } from './write-summary.js';

export interface Correction extends Occasion {
  /** What was said is wrong: also a summary of a milestone is replaced, which later facts leave as it was. */
  isAmended: boolean;
  /** The part that was an error after all, such as one about somebody else. */
  mistake?: Task;
  /** What was changed: a summary that tells of it as it is now stays, whatever went on besides. */
  about?: 'Patient' | 'Goal';
}

/** Makes another summary in the place of one whose facts came late or were amended, where it would say something else. */
@Injectable()
export class CorrectOutcomeSummary {
  constructor(
    private readonly summaries: StoredSummaries,
    private readonly gatherRecord: GatherRecord,
    private readonly writeSummary: WriteSummary,
    private readonly withdrawOutcomeSummary: WithdrawOutcomeSummary,
  ) {}

  /** Where there is no summary yet, what changed will stand in the first one. */
  async execute(requestId: string, correction: Correction, tx: Session): Promise<void> {
    await oneAtATime(lockOf(requestId), tx);
    const latest = (await this.summaries.execute(requestId, tx)).at(-1);
    const referral = latest && idsOf(latest.reference);
    if (!latest || !referral || latest.reference.status !== 'current') return;
    if (latest.stage.code !== 'end' && !correction.isAmended) return;
    const gathered = await this.gatherRecord.execute(referral);
    if (mayBeCorrected(latest.stage, gathered.record)) {
      const { about } = correction;
      return this.writeSummary.execute({ gathered, occasion: correction, stage: latest.stage, latest, about }, tx);
    }
    // Nothing can be said in its place before the referral ends again, and what it tells may be of another person.
    if (isTold(correction.mistake, latest)) await this.withdrawOutcomeSummary.execute(requestId, correction, tx);
  }
}

/** A summary tells of the parts that were asked before it. */
function isTold(part: Task | undefined, { reference }: StoredSummary): boolean {
  return part !== undefined && !(Date.parse(part.authoredOn ?? '') > Date.parse(reference.date ?? ''));
}
