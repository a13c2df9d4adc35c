import { Injectable } from '@nestjs/common';
import type { Session } from '#postgres';
import { oneAtATime } from '#service';
import { mayBeCorrected } from '../../domain/outcome-summary/occasion.js';
import { GatherRecord } from '../gather-record.js';
import { idsOf, lockOf, StoredSummaries } from './stored-summaries.js';
import { type Occasion, WriteSummary } from './write-summary.js';

export interface Correction extends Occasion {
  /** What was said is wrong: also a summary of a milestone is replaced, which later facts leave as it was. */
  isAmended: boolean;
}

/** Makes another summary in the place of one whose facts came late or were amended, where it would say something else. */
@Injectable()
export class CorrectOutcomeSummary {
  constructor(
    private readonly summaries: StoredSummaries,
    private readonly gatherRecord: GatherRecord,
    private readonly writeSummary: WriteSummary,
  ) {}

  /** Where there is no summary yet, what changed will stand in the first one. */
  async execute(requestId: string, correction: Correction, tx: Session): Promise<void> {
    await oneAtATime(lockOf(requestId), tx);
    const latest = (await this.summaries.execute(requestId, tx)).at(-1);
    const referral = latest && idsOf(latest.reference);
    if (!latest || !referral || latest.reference.status !== 'current') return;
    if (latest.stage.code !== 'end' && !correction.isAmended) return;
    const gathered = await this.gatherRecord.execute(referral);
    if (!mayBeCorrected(latest.stage, gathered.record)) return;
    await this.writeSummary.execute({ gathered, occasion: correction, stage: latest.stage, latest }, tx);
  }
}
