import { Injectable } from '@nestjs/common';
import type { FhirResource } from 'fhir/r4';
import { type CloudEvent, laneOf, subjectResource } from '#events';
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
  override readonly announces = false;

  constructor(
    private readonly queueNotifications: QueueNotifications,
    private readonly deliveryWorker: DeliveryWorker,
  ) {
    super();
  }

  /** Numbers are given in the order of a referral's events, whichever of its resources they are about. */
  override laneOf({ subject, data }: CloudEvent): string {
    return laneOf(subjectResource(subject), data as FhirResource | undefined);
  }

  override concerns(event: CloudEvent): Promise<boolean> {
    return this.queueNotifications.concerns(event);
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    await this.queueNotifications.execute(event, tx);
  }

  override committed(): void {
    this.deliveryWorker.wake();
  }
}
