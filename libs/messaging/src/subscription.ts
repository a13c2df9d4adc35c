import type { ConsumerMessages } from '@nats-io/jetstream';
import { failureOf } from '#observability';
import { Delivery, type DeliveryContext } from './delivery.js';
import { durableConsumer, pendingOf } from './durable.js';
import type { Effects } from './effects.js';
import { noteStart } from './inbox.js';
import { Lanes } from './lanes.js';
import { Signal } from './signal.js';

/** One handler's durable pull consumer: at most so many effects at once, one resource never twice at once. */
export class Subscription {
  readonly #lanes: Lanes;
  #signal = new Signal();
  #messages: ConsumerMessages | undefined;
  #running: Promise<void> | undefined;
  #tending: NodeJS.Timeout | undefined;
  #forget: (() => void) | undefined;
  #failing = false;

  constructor(
    private readonly effects: Effects,
    private readonly context: DeliveryContext,
  ) {
    this.#lanes = new Lanes(context.policy.concurrency);
  }

  /** Fails where the consumer cannot be had; afterwards it is got back for as long as it takes. */
  async start(): Promise<void> {
    if (this.#signal.closed) this.#signal = new Signal();
    this.#messages = await this.#open();
    this.#running = this.#run();
    // A pull that a broker took before it went away may never be answered: begin anew instead of waiting for heartbeats.
    this.#forget = this.context.broker.onReconnect(() => void this.#messages?.close());
    this.#tending = setInterval(() => {
      void this.#tend();
    }, this.context.policy.tendMs);
  }

  /** Stops pulling and lets end what has begun. */
  async stop(): Promise<void> {
    this.#signal.close();
    clearInterval(this.#tending);
    this.#forget?.();
    await this.#messages?.close();
    await this.#running;
    await this.#lanes.idle();
  }

  async #open(): Promise<ConsumerMessages> {
    const { broker, database, letters, policy } = this.context;
    const { handler } = this.effects;
    const { consumer, born } = await durableConsumer(broker, handler, policy.ackWaitMs);
    if (born) await noteStart(database, handler.consumer, born.trimmed);
    await letters.releaseReady(handler.consumer);
    return consumer.consume({ max_messages: policy.concurrency * 2, expires: 10_000, abort_on_missing_resource: true });
  }

  async #run(): Promise<void> {
    while (!this.#signal.closed) {
      await this.#consume().catch((error: unknown) => {
        this.#interrupted(error);
      });
      this.#messages = undefined;
      await this.#signal.wait(reopenMs);
    }
  }

  async #consume(): Promise<void> {
    const messages = (this.#messages ??= await this.#open());
    if (this.#signal.closed) await messages.close();
    this.#recovered();
    for await (const message of messages) {
      if (!this.#signal.closed) await this.#lanes.room();
      if (this.#signal.closed) message.nak();
      else void new Delivery(message, this.effects, this.context).settle(this.#lanes);
    }
  }

  /** Waiting letters whose turn came unnoticed, and the lag. */
  async #tend(): Promise<void> {
    const { broker, letters, metrics } = this.context;
    const { consumer } = this.effects.handler;
    try {
      await letters.releaseReady(consumer);
      metrics.lag(consumer, await pendingOf(broker, consumer));
    } catch (error) {
      this.#interrupted(error);
    }
  }

  #interrupted(error: unknown): void {
    const { consumer } = this.effects.handler;
    if (!this.#failing) this.context.log?.warn({ consumer, failure: failureOf(error) }, 'A consumer was interrupted');
    this.#failing = true;
  }

  #recovered(): void {
    const { consumer } = this.effects.handler;
    if (this.#failing) this.context.log?.info({ consumer }, 'A consumer goes on');
    this.#failing = false;
  }
}

const reopenMs = 500;
