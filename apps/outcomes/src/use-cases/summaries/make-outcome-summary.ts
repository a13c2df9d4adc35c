import { Injectable } from '@nestjs/common';
import type { Session } from '#postgres';
import { oneAtATime } from '#service';
import { programmesOfRecord } from '../../domain/outcome-summary/input-from-record.js';
import { isMadeAt, isStageReached } from '../../domain/outcome-summary/occasion.js';
import { referralMeasures } from '../../domain/outcome-summary/referral-measures.js';
import { isSameStage, type Stage } from '../../domain/outcome-summary/stage.js';
import { GatherRecord, type ReferralIds } from '../gather-record.js';
import { Programmes } from '../programmes.js';
import { lockOf, lockOfPerson, StoredSummaries } from './stored-summaries.js';
import { type Occasion, WriteSummary } from './write-summary.js';

/**
 * Makes the outcome summary of a referral at its end, when that is undone, and at the milestones of its programme while it goes
 * on; each once, however often it is asked for. A later one takes the place of the one before.
 */
@Injectable()
export class MakeOutcomeSummary {
  constructor(
    private readonly summaries: StoredSummaries,
    private readonly gatherRecord: GatherRecord,
    private readonly programmes: Programmes,
    private readonly writeSummary: WriteSummary,
  ) {}

  async execute(referral: ReferralIds, occasion: Occasion & { stage: Stage }, tx: Session): Promise<void> {
    const { stage } = occasion;
    await oneAtATime(lockOf(referral.requestId), tx);
    const earlier = await this.summaries.execute(referral.requestId, tx);
    if (isMadeAt(stage, earlier)) return;
    // Nobody finds it by its person before it is there: a change of the person that comes now waits for it.
    if (earlier.length === 0) await oneAtATime(lockOfPerson(referral.patientId), tx);
    const gathered = await this.gatherRecord.execute(referral);
    // Asked for by an event or a clock, and made of what is so now: it may have gone on since.
    const { record } = gathered;
    const codes = programmesOfRecord(record);
    const milestones: readonly Stage[] = this.programmes.milestonesOf(codes);
    const isAlways = stage.code === 'end' || stage.code === 'goes-on';
    if (!isAlways && !milestones.some((one) => isSameStage(one, stage))) return;
    const measures = referralMeasures(this.programmes.instrumentsOf(codes), record);
    if (!isStageReached(stage, record, { measures, isFirst: earlier.length === 0 })) return;
    await this.writeSummary.execute({ gathered, occasion, stage, latest: earlier.at(-1) }, tx);
  }
}
