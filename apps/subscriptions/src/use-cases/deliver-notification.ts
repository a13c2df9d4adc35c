import { Injectable } from '@nestjs/common';
import type { Subscription } from 'fhir/r4';
import { FhirError } from '#fhir';
import type { Stored } from '#fhir-store';
import { Platform } from '#service';
import { timeoutOf } from '../domain/backport.js';
import { headersOf } from '../domain/channel-headers.js';
import { type Delivery, type DeliveryOutcome, outcomeText, verdictOf } from '../domain/delivery.js';
import { nextTry } from '../domain/next-try.js';
import { payloadType } from '../domain/subscription-rules.js';
import { namesTopic } from '../domain/topics.js';
import { secretsOf, signed } from '../domain/webhook-secret.js';
import { ActivateSubscription } from './activate-subscription.js';
import { ComposeNotification } from './compose-notification.js';
import { EndSubscription, type Ending } from './end-subscription.js';
import { FindAddressee } from './find-addressee.js';
import { SendWebhook, type Webhook } from './send-webhook.js';
import { type FailedCall, SettleDelivery } from './settle-delivery.js';

const pauseMs = 10_000;

/** The use cases that one call takes, in their order. */
@Injectable()
export class DeliverySteps {
  constructor(
    readonly findAddressee: FindAddressee,
    readonly composeNotification: ComposeNotification,
    readonly sendWebhook: SendWebhook,
    readonly settleDelivery: SettleDelivery,
    readonly activateSubscription: ActivateSubscription,
  ) {}
}

/**
 * Makes one call and writes down what became of it. Killed between the two it is made again under the same event id: at least
 * once, never less.
 */
@Injectable()
export class DeliverNotification {
  constructor(
    private readonly steps: DeliverySteps,
    private readonly endSubscription: EndSubscription,
    private readonly platform: Platform,
  ) {}

  /** @param taken called as soon as the receiver has taken it: the call is over, and only its end is still to be written down */
  async execute(delivery: Delivery, taken: () => void): Promise<DeliveryOutcome | 'cancelled' | 'held'> {
    const { findAddressee, composeNotification, sendWebhook, settleDelivery } = this.steps;
    const addressee = await this.#orUntried(delivery, () => findAddressee.execute(delivery));
    // R4 has no words for an event that is not told.
    if (
      addressee.may === 'cancelled' ||
      (addressee.may === 'withdrawn' && !namesTopic(addressee.subscription.criteria))
    ) {
      await settleDelivery.execute(delivery, 'cancelled');
      return 'cancelled';
    }
    const { may, stored, subscription } = addressee;
    if (may === 'lapsed' && !(await this.#end(delivery, stored, { status: 'error', error: lapsed }))) return 'held';
    if (may === 'lapsed' || may === 'held') {
      await settleDelivery.execute(delivery, { held: stored.version });
      return 'held';
    }
    const isWithdrawn = may === 'withdrawn';
    const body = await this.#orUntried(delivery, () =>
      composeNotification.execute(subscription, delivery, isWithdrawn),
    );
    const webhook = this.#webhookOf(subscription, delivery, body);
    const outcome: DeliveryOutcome = webhook ? await sendWebhook.execute(webhook) : { failure: 'secret-unusable' };
    if (verdictOf(outcome) === 'delivered') taken();
    await this.#settle(delivery, stored, outcome);
    return outcome;
  }

  /** Where somebody could not be asked it was no try: it waits a moment, with all its tries before it. */
  async #orUntried<T>(delivery: Delivery, prepare: () => Promise<T>): Promise<T> {
    try {
      return await prepare();
    } catch (error) {
      const untried = new Date(this.platform.now().getTime() + pauseMs);
      await this.steps.settleDelivery.execute(delivery, { untried });
      throw error;
    }
  }

  /** Undefined where it cannot be signed: a try that failed, until its owner changes the secret. */
  #webhookOf(
    subscription: Subscription,
    { subscriptionId, eventId, attempts, correlationId }: Delivery,
    body: string,
  ): Webhook | undefined {
    const { channel } = subscription;
    // Another Subscription to the same address is told of the same event under another id.
    const id = `${eventId}_${subscriptionId.replaceAll('.', '_')}`;
    const timeout = timeoutOf(subscription);
    const signature = signed({ id, body, secrets: secretsOf(subscription) }, this.platform.now());
    if (!signature) return undefined;
    return {
      endpoint: channel.endpoint ?? '',
      body,
      ...(timeout === undefined ? {} : { timeoutMs: Math.min(Math.max(timeout, 1), 10) * 1_000 }),
      headers: {
        ...headersOf(channel.header),
        ...(body === '' ? {} : { 'content-type': payloadType }),
        'x-ginnel-event-id': eventId,
        'x-ginnel-delivery-attempt': String(attempts),
        'x-correlation-id': correlationId,
        ...signature,
      },
    };
  }

  async #settle(delivery: Delivery, stored: Stored, outcome: DeliveryOutcome): Promise<void> {
    const { settleDelivery, activateSubscription } = this.steps;
    const verdict = verdictOf(outcome);
    if (verdict === 'gone') {
      await this.#end(delivery, stored, { status: 'off', error: gone });
      return;
    }
    if (verdict === 'delivered') {
      if (delivery.kind === 'handshake') return activateSubscription.execute(delivery, stored);
      return settleDelivery.execute(delivery, 'delivered');
    }
    const failed = this.#failedCall(delivery, stored, outcome);
    if (delivery.kind === 'handshake' && !failed.again) return this.#giveUpHandshake(delivery, stored, outcome);
    await settleDelivery.execute(delivery, failed);
  }

  #failedCall({ kind, tries }: Delivery, { version }: Stored, outcome: DeliveryOutcome): FailedCall {
    const now = this.platform.now();
    const retryAfterMs = 'status' in outcome ? outcome.retryAfterMs : undefined;
    // The next heartbeat is as good as this one again.
    const again = kind === 'heartbeat' ? undefined : nextTry({ attempts: tries + 1, retryAfterMs }, now, Math.random());
    const notBefore = retryAfterMs === undefined ? undefined : new Date(now.getTime() + retryAfterMs);
    return { again, notBefore, version };
  }

  /** A process that dies before the second step leaves a call that is not made any more; before the first, one that is made again. */
  async #giveUpHandshake(delivery: Delivery, stored: Stored, outcome: DeliveryOutcome): Promise<void> {
    const error = `The endpoint did not answer a handshake; the last try ended with ${outcomeText(outcome)}.`;
    if (await this.#end(delivery, stored, { status: 'error', error }))
      await this.steps.settleDelivery.execute(delivery, 'failed');
  }

  /** False where its owner changed it meanwhile: what it says now is to be tried. */
  async #end(delivery: Delivery, stored: Stored, ending: Omit<Ending, 'correlationId'>): Promise<boolean> {
    try {
      await this.endSubscription.execute(stored, { ...ending, correlationId: delivery.correlationId });
      return true;
    } catch (error) {
      if (!(error instanceof FhirError) || error.status !== 409) throw error;
      await this.steps.settleDelivery.execute(delivery, { again: this.platform.now(), version: stored.version });
      return false;
    }
  }
}

const lapsed =
  'Whoever wrote it was removed, or may do less since: it is paused. Write it again, with status requested, with a token of now.';
const gone = 'The endpoint answered 410 (gone) and was turned off.';
