import { Injectable } from '@nestjs/common';
import type { Task } from 'fhir/r4';
import { type CloudEvent, subjectsOfType } from '#events';
import { EventHandler } from '#messaging';
import type { Session } from '#postgres';
import { actOf } from '#service';
import { GiveOutQuestionnaires } from '../use-cases/give-out-questionnaires.js';

/** A provider accepted or started: the programme's questionnaires are asked for. */
@Injectable()
export class OnReferralMoved extends EventHandler {
  readonly consumer = 'referral-gives-out-questionnaires';
  readonly subjects = [subjectsOfType('referral', 'Task')];
  override readonly types = ['referral-accepted.v1', 'referral-started.v1'];

  constructor(private readonly giveOutQuestionnaires: GiveOutQuestionnaires) {
    super();
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    const moved = {
      task: event.data as Task,
      event: event.type,
      authoredOn: event.time,
      act: actOf(event, { service: 'referral', handler: this.consumer }),
    };
    await this.giveOutQuestionnaires.execute(moved, tx);
  }
}
