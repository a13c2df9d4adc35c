import { Injectable } from '@nestjs/common';
import type { CloudEvent } from '#events';
import { EventHandler } from '#messaging';
import type { Session } from '#postgres';
import { QueueNotifications } from '../use-cases/queue-notifications.js';
import { DeliveryWorker } from './delivery-worker.js';

/** Whatever happens anywhere may be what a Subscription waits for. */
@Injectable()
export class OnFact extends EventHandler {
  readonly consumer = 'subscriptions-matches';
  readonly subjects = [
    'ginnel.referral.>',
    'ginnel.questionnaire.>',
    'ginnel.outcomes.>',
    'ginnel.activity-directory.>',
  ];

  constructor(
    private readonly queueNotifications: QueueNotifications,
    private readonly deliveryWorker: DeliveryWorker,
  ) {
    super();
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    await this.queueNotifications.execute(event, tx);
  }

  override committed(): void {
    this.deliveryWorker.wake();
  }
}
