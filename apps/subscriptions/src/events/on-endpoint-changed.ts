import { Injectable } from '@nestjs/common';
import type { Endpoint } from 'fhir/r4';
import { type CloudEvent, subjectsOfType } from '#events';
import { EventHandler } from '#messaging';
import type { Session } from '#postgres';
import { HastenMessages } from '../use-cases/messages/hasten-messages.js';
import { MessageWorker } from './message-worker.js';

/** The directory learnt where somebody takes messages. */
@Injectable()
export class OnEndpointChanged extends EventHandler {
  readonly consumer = 'subscriptions-finds-endpoints';
  readonly subjects = [subjectsOfType('activity-directory', 'Endpoint')];
  override readonly announces = false;

  constructor(
    private readonly hastenMessages: HastenMessages,
    private readonly messageWorker: MessageWorker,
  ) {
    super();
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    if (event.data !== undefined) await this.hastenMessages.execute(event.data as Endpoint, tx);
  }

  override committed(): void {
    this.messageWorker.wake();
  }
}
