import { Injectable } from '@nestjs/common';
import type { Bundle } from 'fhir/r4';
import { type CloudEvent, subjectsOfType } from '#events';
import { EventHandler } from '#messaging';
import type { Session } from '#postgres';
import { actOf } from '#service';
import { KeepMessageParts } from '../use-cases/keep-message-parts.js';

/** A referral message was taken: its observations and answers are kept here. */
@Injectable()
export class OnMessageReceived extends EventHandler {
  readonly consumer = 'questionnaire-keeps-message-parts';
  readonly subjects = [subjectsOfType('referral', 'Bundle')];
  override readonly types = ['message-received.v1'];

  constructor(private readonly keepMessageParts: KeepMessageParts) {
    super();
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    const { organisation } = event;
    // What is kept is its sender's: to share as its own, and to correct.
    const made = organisation === undefined ? {} : { organisation };
    const act = { ...actOf(event, { service: 'questionnaire', handler: this.consumer }), ...made };
    await this.keepMessageParts.execute(event.data as Bundle, { audience: event.audience.split(','), act }, tx);
  }
}
