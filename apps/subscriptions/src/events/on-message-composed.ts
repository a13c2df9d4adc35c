import { Injectable } from '@nestjs/common';
import type { Communication } from 'fhir/r4';
import { type CloudEvent, subjectsOfType } from '#events';
import { EventHandler } from '#messaging';
import type { Session } from '#postgres';
import { QueueMessage } from '../use-cases/messages/queue-message.js';
import { MessageWorker } from './message-worker.js';

/** The referral service composed a message for the outside. */
@Injectable()
export class OnMessageComposed extends EventHandler {
  readonly consumer = 'subscriptions-sends-messages';
  readonly subjects = [subjectsOfType('referral', 'Communication')];
  override readonly types = ['message-composed.v1', 'message-withheld.v1'];
  override readonly announces = false;

  constructor(
    private readonly queueMessage: QueueMessage,
    private readonly messageWorker: MessageWorker,
  ) {
    super();
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    await this.queueMessage.execute(event.data as Communication, tx);
  }

  override committed(): void {
    this.messageWorker.wake();
  }
}
