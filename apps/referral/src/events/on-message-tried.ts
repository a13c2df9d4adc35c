import { Injectable } from '@nestjs/common';
import type { Bundle } from 'fhir/r4';
import { type CloudEvent, subjectsOfType } from '#events';
import { EventHandler } from '#messaging';
import type { Session } from '#postgres';
import { actOf } from '#service';
import { NoteDelivery } from '../use-cases/feedback/note-delivery.js';

/** A message was sent, or could not be: whoever follows it sees that. */
@Injectable()
export class OnMessageTried extends EventHandler {
  readonly consumer = 'referral-notes-deliveries';
  readonly subjects = [subjectsOfType('subscriptions', 'Bundle')];
  override readonly types = ['message-tried.v1'];

  constructor(private readonly noteDelivery: NoteDelivery) {
    super();
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    const act = actOf(event, { service: 'referral', handler: this.consumer });
    await this.noteDelivery.execute(event.data as Bundle, act, tx);
  }
}
