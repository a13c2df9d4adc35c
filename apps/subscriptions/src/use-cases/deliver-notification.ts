import { Injectable } from '@nestjs/common';
import type { Subscription } from 'fhir/r4';
import { FhirError } from '#fhir';
import type { Stored } from '#fhir-store';
import { Platform } from '#service';
import { headersOf } from '../domain/channel-headers.js';
import { type Delivery, type DeliveryOutcome, outcomeText, type Verdict, verdictOf } from '../domain/delivery.js';
import { nextTry, retryPolicy } from '../domain/next-try.js';
import { payloadType } from '../domain/subscription-rules.js';
import { EndSubscription } from './end-subscription.js';
import { FindAddressee } from './find-addressee.js';
import { SendWebhook } from './send-webhook.js';
import { SettleDelivery } from './settle-delivery.js';

/**
 * Sends one notification and writes down what became of it. Killed between the two it is sent again under the same event id:
 * at least once, never less.
 */
@Injectable()
export class DeliverNotification {
  constructor(
    private readonly findAddressee: FindAddressee,
    private readonly sendWebhook: SendWebhook,
    private readonly settleDelivery: SettleDelivery,
    private readonly endSubscription: EndSubscription,
    private readonly platform: Platform,
  ) {}

  async execute(delivery: Delivery): Promise<DeliveryOutcome | 'cancelled'> {
    const addressee = await this.findAddressee.execute(delivery);
    if (!addressee) {
      await this.settleDelivery.execute(delivery, 'cancelled');
      return 'cancelled';
    }
    const { stored, subscription } = addressee;
    const outcome = await this.sendWebhook.execute(webhookOf(subscription, delivery));
    await this.#settle(delivery, stored, outcome);
    return outcome;
  }

  async #settle(delivery: Delivery, stored: Stored, outcome: DeliveryOutcome): Promise<void> {
    const verdict = verdictOf(outcome);
    if (verdict === 'delivered') return this.settleDelivery.execute(delivery, 'delivered');
    const now = this.platform.now();
    const again = verdict === 'gone' ? undefined : nextTry(delivery, now, Math.random());
    if (again) return this.settleDelivery.execute(delivery, { again });
    try {
      await this.endSubscription.execute(stored, {
        ...endingOf(verdict, outcome),
        correlationId: delivery.correlationId,
      });
    } catch (error) {
      if (!(error instanceof FhirError) || error.status !== 409) throw error;
      // Its owner changed it meanwhile: what it says now is to be tried.
      await this.settleDelivery.execute(delivery, { again: now });
    }
  }
}

function endingOf(verdict: Verdict, outcome: DeliveryOutcome): { status: 'off' | 'error'; error: string } {
  if (verdict === 'gone') return { status: 'off', error: 'The endpoint answered 410 (gone) and was turned off.' };
  const hours = String(retryPolicy.giveUpAfterMs / 3_600_000);
  return {
    status: 'error',
    error: `No notification could be delivered for ${hours} hours; the last try ended with ${outcomeText(outcome)}.`,
  };
}

function webhookOf({ channel }: Subscription, { payload, eventId, attempts, correlationId }: Delivery) {
  return {
    endpoint: channel.endpoint ?? '',
    body: payload ?? '',
    headers: {
      ...headersOf(channel.header),
      ...(payload === null ? {} : { 'content-type': payloadType }),
      'x-ginnel-event-id': eventId,
      'x-ginnel-delivery-attempt': String(attempts),
      'x-correlation-id': correlationId,
    },
  };
}
