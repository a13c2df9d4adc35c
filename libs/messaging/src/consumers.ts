import type { Logger } from '#observability';
import type { Database } from '#postgres';
import { type Broker } from './broker.js';
import { DeadLetters } from './dead-letters.js';
import type { DeliveryContext } from './delivery.js';
import { defaultPolicy, type DeliveryPolicy } from './delivery-policy.js';
import { deleteDurable } from './durable.js';
import { Effects } from './effects.js';
import type { EventHandler } from './event-handler.js';
import { forgetConsumer } from './inbox.js';
import type { Parse } from './incoming.js';
import { type MessagingMetrics, noMetrics } from './messaging-metrics.js';
import { Subscription } from './subscription.js';
import { Together } from './together.js';

export interface ConsumersOptions {
  database: Database;
  broker: Broker;
  handlers: readonly EventHandler[];
  /** The relay's: an effect may have written events of its own. */
  wake?: () => void;
  /** Text to value; JSON.parse unless told, which forgets the digits of decimals. */
  parse?: Parse;
  policy?: Partial<DeliveryPolicy>;
  metrics?: MessagingMetrics;
  log?: Logger;
}

/** The events that a service hears: a durable consumer per handler, every effect once and in the order of its resource. */
export class Consumers {
  readonly letters: DeadLetters;
  readonly #subscriptions = new Map<string, Subscription>();

  constructor(private readonly options: ConsumersOptions) {
    const { database, handlers, broker, wake = () => undefined, log } = options;
    const together = new Together(database);
    const effects = new Map(handlers.map((handler) => [handler.consumer, new Effects(handler, database, together)]));
    if (effects.size < handlers.length) throw new Error('Two handlers bear the same consumer name.');
    const parse: Parse = options.parse ?? ((text) => JSON.parse(text) as unknown);
    this.letters = new DeadLetters({ database, effects, parse, wake, log });
    const policy = { ...defaultPolicy, ...options.policy };
    const metrics = options.metrics ?? noMetrics;
    const context: DeliveryContext = { database, broker, letters: this.letters, parse, policy, metrics, wake, log };
    effects.forEach((effect, name) => {
      if (effect.handler.subjects.length > 0) this.#subscriptions.set(name, new Subscription(effect, context));
    });
  }

  async start(): Promise<void> {
    for (const subscription of this.#subscriptions.values()) await subscription.start();
  }

  /** Stops pulling, lets end what has begun and sends the last answers. */
  async stop(): Promise<void> {
    await Promise.all([...this.#subscriptions.values()].map((subscription) => subscription.stop()));
    const { broker } = this.options;
    if (broker.connected) await broker.connection.flush();
  }

  /**
   * Hears everything again from the stream's beginning: for followers, whose copies can be made anew. No other process may
   * run this consumer meanwhile.
   */
  async rebuild(consumer: string): Promise<void> {
    const subscription = this.#subscriptions.get(consumer);
    if (!subscription) throw new Error(`No handler of this process is the consumer ${consumer}.`);
    const { broker, database } = this.options;
    await subscription.stop();
    await deleteDurable(broker, consumer);
    await database.transaction(['*'], (tx) => forgetConsumer(tx, consumer));
    await subscription.start();
  }
}
