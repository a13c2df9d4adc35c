import { Injectable } from '@nestjs/common';
import { type CloudEvent, subjectResource, subjectsOfType } from '#events';
import { EventHandler } from '#messaging';
import type { Session } from '#postgres';
import { HastenDeliveries } from '../use-cases/hasten-deliveries.js';
import { DeliveryWorker } from './delivery-worker.js';

/** A new endpoint, or the end of a Subscription, holds at once for what waits to be tried again. */
@Injectable()
export class OnSubscriptionChanged extends EventHandler {
  readonly consumer = 'subscriptions-hastens';
  readonly subjects = [subjectsOfType('subscriptions', 'Subscription')];

  constructor(
    private readonly hastenDeliveries: HastenDeliveries,
    private readonly deliveryWorker: DeliveryWorker,
  ) {
    super();
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    await this.hastenDeliveries.execute(subjectResource(event.subject).id, tx);
  }

  override committed(): void {
    this.deliveryWorker.wake();
  }
}
