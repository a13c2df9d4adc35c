import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Signal } from '#messaging';
import { failureOf } from '#observability';
import { Platform } from '#service';
import { type Delivery, outcomeText, verdictOf } from '../domain/delivery.js';
import { callsInAll, ClaimDeliveries } from '../use-cases/claim-deliveries.js';
import { DeliverNotification } from '../use-cases/deliver-notification.js';
import { QueueHeartbeats } from '../use-cases/queue-heartbeats.js';
import { TendSubscriptions } from '../use-cases/tend-subscriptions.js';

const pollMs = 1_000;
const tendMs = 60_000;

/** Sends what is due: woken when something was queued, looking each second for what a dead process left or a wait ended. */
@Injectable()
export class DeliveryWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #signal = new Signal();
  /** Calls that are open, and those whose end is being written down. */
  readonly #underWay = new Set<Promise<void>>();
  readonly #open = new Set<Delivery>();
  #running: Promise<void> | undefined;
  #tending: Promise<void> = Promise.resolve();
  #tendTimer: NodeJS.Timeout | undefined;
  #heartTimer: NodeJS.Timeout | undefined;
  #beating: Promise<void> = Promise.resolve();

  constructor(
    private readonly claimDeliveries: ClaimDeliveries,
    private readonly deliverNotification: DeliverNotification,
    private readonly tendSubscriptions: TendSubscriptions,
    private readonly queueHeartbeats: QueueHeartbeats,
    private readonly platform: Platform,
  ) {}

  onApplicationBootstrap(): void {
    this.#running = this.#run();
    this.#tend();
    this.#tendTimer = setInterval(() => {
      this.#tend();
    }, tendMs);
    this.#heartTimer = setInterval(() => {
      this.#beat();
    }, pollMs);
  }

  /** Before the database closes: claims nothing more, and lets end what is being sent. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.#tendTimer);
    clearInterval(this.#heartTimer);
    this.#signal.close();
    await this.#running;
    await Promise.all([...this.#underWay, this.#tending, this.#beating]);
  }

  wake(): void {
    this.#signal.ring();
  }

  async #run(): Promise<void> {
    while (!this.#signal.closed) {
      for (const delivery of await this.#claim()) this.#start(delivery);
      // The end of a call rings, and what was queued; what another process left, and the end of a wait, are found by looking again.
      await this.#signal.wait(pollMs);
    }
  }

  async #claim(): Promise<Delivery[]> {
    const free = callsInAll - this.#open.size;
    if (free <= 0) return [];
    try {
      return await this.claimDeliveries.execute(free, this.#busy());
    } catch (error) {
      this.platform.logger.warn({ failure: failureOf(error) }, 'Deliveries could not be claimed; trying again');
      return [];
    }
  }

  /** How many calls are open, by Subscription. */
  #busy(): Map<string, number> {
    const calls = new Map<string, number>();
    for (const { subscriptionId: id } of this.#open) calls.set(id, (calls.get(id) ?? 0) + 1);
    return calls;
  }

  /** One that was taken makes room before its end is written down; one that failed tells first that one at a time is enough. */
  #start(delivery: Delivery): void {
    this.#open.add(delivery);
    const sending = this.#deliver(delivery).finally(() => {
      this.#underWay.delete(sending);
      this.#makeRoom(delivery);
    });
    this.#underWay.add(sending);
  }

  #makeRoom(delivery: Delivery): void {
    this.#open.delete(delivery);
    this.wake();
  }

  /** Never throws: what could not be written down is sent again when its lease ends. */
  async #deliver(delivery: Delivery): Promise<void> {
    const { subscriptionId, eventId, correlationId, attempts: attempt } = delivery;
    const ids = { subscriptionId, eventId, correlationId, attempt };
    try {
      const outcome = await this.deliverNotification.execute(delivery, () => {
        this.#makeRoom(delivery);
      });
      const verdict = typeof outcome === 'string' ? outcome : verdictOf(outcome);
      this.#deliveries().inc({ outcome: verdict });
      if (typeof outcome === 'string' || verdict === 'delivered') return;
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

  #beat(): void {
    this.#beating = this.queueHeartbeats.execute().catch((error: unknown) => {
      this.platform.logger.warn({ failure: failureOf(error) }, 'Heartbeats could not be queued; trying again');
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
