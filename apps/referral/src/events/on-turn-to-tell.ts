import { Injectable } from '@nestjs/common';
import type { Task } from 'fhir/r4';
import { type CloudEvent, subjectsOfType } from '#events';
import { EventHandler } from '#messaging';
import type { Session } from '#postgres';
import { actOf } from '#service';
import { isTold } from '../domain/feedback/told.js';
import { TellRequester } from '../use-cases/feedback/tell-requester.js';

/** A provider's part took a turn: the sender of a referral that came as a message is told. */
@Injectable()
export class OnTurnToTell extends EventHandler {
  readonly consumer = 'referral-tells-requesters';
  readonly subjects = [subjectsOfType('referral', 'Task')];

  constructor(private readonly tellRequester: TellRequester) {
    super();
  }

  override concerns({ type, data }: CloudEvent): boolean {
    const part = data as Task | undefined;
    return part?.partOf !== undefined && isTold(type, part);
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    const part = event.data as Task;
    const act = actOf(event, { service: 'referral', handler: this.consumer });
    await this.tellRequester.execute({ part, event: event.type, act }, tx);
  }
}
