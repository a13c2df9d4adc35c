import { Injectable } from '@nestjs/common';
import type { Subscription } from 'fhir/r4';
import { type CloudEvent, subjectResource, subjectsOfType } from '#events';
import { EventHandler } from '#messaging';
import type { Session } from '#postgres';
import { FollowSubscription } from '../use-cases/follow-subscription.js';
import { DeliveryWorker } from './delivery-worker.js';

/** A new endpoint, or the end of a Subscription, holds at once for what waits to be tried again. */
@Injectable()
export class OnSubscriptionChanged extends EventHandler {
  readonly consumer = 'subscriptions-hastens';
  readonly subjects = [subjectsOfType('subscriptions', 'Subscription')];
  override readonly announces = false;

  constructor(
    private readonly followSubscription: FollowSubscription,
    private readonly deliveryWorker: DeliveryWorker,
  ) {
    super();
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    const { id, version } = subjectResource(event.subject);
    const subscription = event.data as Subscription | undefined;
    const { id: eventId, correlationid: correlationId } = event;
    await this.followSubscription.execute({ id, version, subscription, eventId, correlationId }, tx);
  }

  override committed(): void {
    this.deliveryWorker.wake();
  }
}
