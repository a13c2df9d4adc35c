import { Injectable } from '@nestjs/common';
import type { Subscription } from 'fhir/r4';
import { type CloudEvent, subjectResource, subjectsOfType } from '#events';
import { organisationsOf } from '#fhir';
import { EventHandler } from '#messaging';
import type { Session } from '#postgres';
import { actOf } from '#service';
import { AskToMendSubscription } from '../use-cases/ask-to-mend-subscription.js';

/** A Subscription was paused, or goes on: a person is asked to see to it, or not any more. */
@Injectable()
export class OnSubscriptionPaused extends EventHandler {
  readonly consumer = 'referral-asks-to-mend-subscriptions';
  readonly subjects = [subjectsOfType('subscriptions', 'Subscription')];

  constructor(private readonly askToMendSubscription: AskToMendSubscription) {
    super();
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    const { id } = subjectResource(event.subject);
    const status = (event.data as Subscription | undefined)?.status;
    const audience = organisationsOf(event.audience.split(','));
    const act = actOf(event, { service: 'referral', handler: this.consumer });
    await this.askToMendSubscription.execute({ id, status, audience }, act, tx);
  }
}
