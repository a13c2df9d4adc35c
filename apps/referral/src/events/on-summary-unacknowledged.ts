import { Injectable } from '@nestjs/common';
import type { DocumentReference } from 'fhir/r4';
import { type CloudEvent, subjectsOfType } from '#events';
import { EventHandler } from '#messaging';
import type { Session } from '#postgres';
import { actOf } from '#service';
import { AskToChaseSummary } from '../use-cases/ask-to-chase-summary.js';

/** A practice did not say in time that an outcome summary came, or says so after all, or it is no longer the current one. */
@Injectable()
export class OnSummaryUnacknowledged extends EventHandler {
  readonly consumer = 'referral-asks-to-chase-summaries';
  readonly subjects = [subjectsOfType('outcomes', 'DocumentReference')];
  override readonly types = [
    'outcome-summary-unacknowledged.v1',
    'outcome-summary-acknowledged.v1',
    'outcome-summary-superseded.v1',
    'outcome-summary-withdrawn.v1',
  ];

  constructor(private readonly askToChaseSummary: AskToChaseSummary) {
    super();
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    const act = actOf(event, { service: 'referral', handler: this.consumer });
    const readers = event.audience.split(',');
    await this.askToChaseSummary.execute(event.data as DocumentReference, { readers, act }, tx);
  }
}
