import { Injectable } from '@nestjs/common';
import type { DocumentReference } from 'fhir/r4';
import { type CloudEvent, subjectsOfType } from '#events';
import { EventHandler } from '#messaging';
import type { Session } from '#postgres';
import { actOf } from '#service';
import { TellOutcome } from '../use-cases/feedback/tell-outcome.js';

/** An outcome summary was written: the sender of the referral is sent it, where its practice wants that. */
@Injectable()
export class OnOutcomeReady extends EventHandler {
  readonly consumer = 'referral-sends-outcomes';
  readonly subjects = [subjectsOfType('outcomes', 'DocumentReference')];
  override readonly types = ['outcome-summary-ready.v1'];

  constructor(private readonly tellOutcome: TellOutcome) {
    super();
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    const act = actOf(event, { service: 'referral', handler: this.consumer });
    await this.tellOutcome.execute(event.data as DocumentReference, act, tx);
  }
}
