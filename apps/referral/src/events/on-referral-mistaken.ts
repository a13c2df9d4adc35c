import { Injectable } from '@nestjs/common';
import type { Task } from 'fhir/r4';
import { type CloudEvent, subjectsOfType } from '#events';
import { EventHandler } from '#messaging';
import type { Session } from '#postgres';
import { actOf } from '#service';
import { RecallReferral } from '../use-cases/recall-referral.js';

/** A part was entered in error: what its provider got by it is taken back, in every version. */
@Injectable()
export class OnReferralMistaken extends EventHandler {
  readonly consumer = 'referral-recalls-mistakes';
  readonly subjects = [subjectsOfType('referral', 'Task')];
  override readonly types = ['referral-entered-in-error.v1'];

  constructor(private readonly recallReferral: RecallReferral) {
    super();
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    const act = actOf(event, { service: 'referral', handler: this.consumer });
    await this.recallReferral.execute(event.data as Task, act, tx);
  }
}
