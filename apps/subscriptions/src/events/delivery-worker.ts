import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Signal } from '#messaging';
import { failureOf } from '#observability';
import { Platform } from '#service';
import { type Delivery, outcomeText, verdictOf } from '../domain/delivery.js';
import { ClaimDeliveries } from '../use-cases/claim-deliveries.js';
import { DeliverNotification } from '../use-cases/deliver-notification.js';
import { TendSubscriptions } from '../use-cases/tend-subscriptions.js';

const concurrency = 8;
const pollMs = 1_000;
const tendMs = 60_000;

/** Sends what is due: woken when something was queued, looking each second for what a dead process left or a wait ended. */
@Injectable()
export class DeliveryWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #signal = new Signal();
  readonly #inFlight = new Set<Promise<void>>();
  #running: Promise<void> | undefined;
  #tending: Promise<void> = Promise.resolve();
  #tendTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly claimDeliveries: ClaimDeliveries,
    private readonly deliverNotification: DeliverNotification,
    private readonly tendSubscriptions: TendSubscriptions,
    private readonly platform: Platform,
  ) {}

  onApplicationBootstrap(): void {
    this.#running = this.#run();
    this.#tend();
    this.#tendTimer = setInterval(() => {
      this.#tend();
    }, tendMs);
  }

  /** Before the database closes: claims nothing more, and lets end what is being sent. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.#tendTimer);
    this.#signal.close();
    await this.#running;
    await Promise.all([...this.#inFlight, this.#tending]);
  }

  wake(): void {
    this.#signal.ring();
  }

  async #run(): Promise<void> {
    while (!this.#signal.closed) {
      const claimed = await this.#claim();
      for (const delivery of claimed) this.#start(delivery);
      if (claimed.length === 0 || this.#inFlight.size >= concurrency) await this.#signal.wait(pollMs);
    }
  }

  async #claim(): Promise<Delivery[]> {
    const free = concurrency - this.#inFlight.size;
    if (free <= 0) return [];
    try {
      return await this.claimDeliveries.execute(free);
    } catch (error) {
      this.platform.logger.warn({ failure: failureOf(error) }, 'Deliveries could not be claimed; trying again');
      return [];
    }
  }

  #start(delivery: Delivery): void {
    const sending = this.#deliver(delivery).finally(() => {
      this.#inFlight.delete(sending);
      this.wake();
    });
    this.#inFlight.add(sending);
  }

  /** Never throws: what could not be written down is sent again when its lease ends. */
  async #deliver(delivery: Delivery): Promise<void> {
    const { subscriptionId, eventId, correlationId, attempts: attempt } = delivery;
    const ids = { subscriptionId, eventId, correlationId, attempt };
    try {
      const outcome = await this.deliverNotification.execute(delivery);
      const verdict = outcome === 'cancelled' ? outcome : verdictOf(outcome);
      this.#deliveries().inc({ outcome: verdict });
      if (outcome === 'cancelled' || verdict === 'delivered') return;
      this.platform.logger.warn({ ...ids, answer: outcomeText(outcome) }, 'A notification was not taken');
    } catch (error) {
      this.platform.logger.error(
        { ...ids, failure: failureOf(error) },
        'A delivery could not be settled; it is repeated',
      );
    }
  }

  #tend(): void {
    this.#tending = this.tendSubscriptions.execute().catch((error: unknown) => {
      this.platform.logger.warn({ failure: failureOf(error) }, 'Subscriptions could not be tended; trying again');
    });
  }

  #deliveries() {
    return this.platform.metrics.counter({
      name: 'ginnel_webhook_deliveries_total',
      help: 'Notifications sent to subscribers, by what became of them.',
      labels: ['outcome'],
    });
  }
}
