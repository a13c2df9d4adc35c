import { Injectable } from '@nestjs/common';
import type { Task } from 'fhir/r4';
import { type CloudEvent, subjectsOfType } from '#events';
import { EventHandler } from '#messaging';
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

  async handle(event: CloudEvent): Promise<void> {
    await this.recallReferral.execute(event.data as Task);
  }
}
