import { setTimeout as pause } from 'node:timers/promises';
import type { JsMsg } from '@nats-io/jetstream';
import { failureOf, type Logger } from '#observability';
import type { Database } from '#postgres';
import type { Broker } from './broker.js';
import { park, parkMalformed, type ParkReason } from './dead-letter.js';
import type { DeadLetters } from './dead-letters.js';
import type { DeliveryPolicy } from './delivery-policy.js';
import { isFirstOfResource } from './durable.js';
import type { Arrival, Effects, Verdict } from './effects.js';
import { forgetAttempts, lockPosition, noteAttempt } from './inbox.js';
import { type Incoming, incomingOf, type Parse } from './incoming.js';
import type { Lanes } from './lanes.js';
import type { MessagingMetrics } from './messaging-metrics.js';
import { isPassing } from './passing.js';
import { canNeverSucceed, detailOf } from './unprocessable.js';

export interface DeliveryContext {
  database: Database;
  broker: Broker;
  letters: DeadLetters;
  parse: Parse;
  policy: DeliveryPolicy;
  metrics: MessagingMetrics;
  /** An effect was committed, so there may be something to publish. */
  wake: () => void;
  log?: Logger | undefined;
}

/**
 * One message of one consumer, from arrival to its answer: can never succeed → term and park; may succeed later → nak with
 * delay; done → ack. Answers only what the database has committed; where even that fails, the message comes again.
 */
export class Delivery {
  readonly incoming: Incoming | undefined;
  #waited = false;

  constructor(
    private readonly message: JsMsg,
    private readonly effects: Effects,
    private readonly context: DeliveryContext,
  ) {
    this.incoming = incomingOf(message, context.parse, effects.handler.types);
  }

  /** Waits for its turn and ends with an answer to the broker. Never throws: there is nobody to tell. */
  async settle(lanes: Lanes): Promise<void> {
    const { message, incoming } = this;
    // Held by a living process: not to be given to another one while it waits or its effect takes time.
    const alive = setInterval(() => {
      message.working();
    }, this.context.policy.ackWaitMs / 3);
    try {
      if (incoming) await lanes.run(this.#laneOf(incoming), () => this.#settleEvent(incoming));
      else await lanes.run(message.subject, () => this.#settleMalformed());
    } finally {
      clearInterval(alive);
    }
  }

  #laneOf({ event, resource }: Incoming): string {
    return this.effects.handler.laneOf?.(event) ?? resource;
  }

  async #settleEvent(incoming: Incoming): Promise<void> {
    try {
      await this.#tryEvent(incoming, await this.#countTry(incoming));
    } catch (error) {
      if (this.#waitsInLane()) await this.#againInLane(incoming);
      else this.#comeAgain(error);
    }
  }

  /** What failed once, of a handler that names lanes, is tried again before those behind it: given back it would lose its place. */
  #waitsInLane(): boolean {
    const waits = this.effects.handler.laneOf !== undefined && !this.#waited;
    this.#waited = true;
    return waits;
  }

  async #againInLane(incoming: Incoming): Promise<void> {
    this.context.metrics.handled(this.#consumer, 'retried');
    await pause(delayAfter(1, this.context.policy.retryMs));
    await this.#settleEvent(incoming);
  }

  async #settleMalformed(): Promise<void> {
    const { subject, headers, info, timestamp } = this.message;
    const eventId = headers?.get('Nats-Msg-Id') || `${String(info.streamSequence)} of ${timestamp}`;
    const letter = {
      consumer: this.#consumer,
      eventId,
      subject,
      deliveries: info.deliveryCount,
      text: this.message.string(),
    };
    try {
      await parkMalformed(this.context.database.as(['*']), letter);
      this.#term('malformed');
    } catch (error) {
      this.#comeAgain(error);
    }
  }

  async #tryEvent(incoming: Incoming, tries: number): Promise<void> {
    if (tries > this.context.policy.retryMs.length + 1) {
      await this.#park(incoming, 'failed', 'tried too often without an end');
      return;
    }
    const verdict = await this.effects.take(this.#arrivalOf(incoming)).catch((error: unknown) => ({ error }));
    if ('error' in verdict) await this.#fault(incoming, verdict.error, tries);
    else await this.#answer(incoming, verdict);
  }

  /** The first delivery costs no write; a redelivered event is counted before it runs, for it may end the process. */
  async #countTry(incoming: Incoming): Promise<number> {
    if (incoming.deliveries === 1) return 1;
    return 1 + (await noteAttempt(this.context.database, this.effects.placeOf(incoming)));
  }

  async #answer(incoming: Incoming, verdict: Verdict): Promise<void> {
    const { database, letters, metrics, wake } = this.context;
    if (verdict.outcome === 'parked') {
      this.#term(verdict.reason);
      return;
    }
    if (incoming.deliveries > 1) await forgetAttempts(database.as(['*']), this.effects.placeOf(incoming));
    metrics.handled(this.#consumer, verdict.outcome);
    if (verdict.outcome === 'gap') {
      this.message.nak(delayAfter(incoming.deliveries, this.context.policy.gapMs));
      return;
    }
    this.message.ack();
    if (verdict.outcome === 'applied') {
      if (this.effects.handler.announces !== false) wake();
      this.effects.handler.committed?.(incoming.event);
    }
    if ('nextWaits' in verdict && verdict.nextWaits) await letters.release(this.#consumer, incoming.resource);
  }

  async #fault(incoming: Incoming, error: unknown, tries: number): Promise<void> {
    const { log, metrics, policy } = this.context;
    if (isPassing(error)) throw error;
    log?.warn({ ...this.#ids(incoming), tries, failure: failureOf(error) }, 'An event had no effect');
    if (canNeverSucceed(error)) return this.#park(incoming, 'unprocessable', detailOf(error));
    if (tries > policy.retryMs.length) return this.#park(incoming, 'failed', detailOf(error));
    if (this.#waitsInLane()) return this.#againInLane(incoming);
    metrics.handled(this.#consumer, 'retried');
    this.message.nak(delayAfter(tries, policy.retryMs));
  }

  /** Under the position's lock, so that an event behind it cannot miss that it is parked. */
  async #park(incoming: Incoming, reason: ParkReason, detail: string): Promise<void> {
    const place = this.effects.placeOf(incoming);
    await this.context.database.transaction(['*'], async (tx) => {
      await lockPosition(tx, place);
      await park(tx, incoming, { consumer: place.consumer, reason, detail });
      await forgetAttempts(tx, place);
    });
    this.#term(reason);
  }

  #term(reason: ParkReason): void {
    const { log, metrics } = this.context;
    metrics.handled(this.#consumer, 'parked');
    metrics.parked(this.#consumer, reason);
    log?.warn({ ...this.#ids(this.incoming), reason }, 'An event was parked');
    this.message.term();
  }

  /** The database's own trouble: for as long as it lasts, and without counting. */
  #comeAgain(error: unknown): void {
    const { log, metrics, policy } = this.context;
    log?.warn(
      { ...this.#ids(this.incoming), failure: failureOf(error) },
      'An event could not be settled; it comes again',
    );
    metrics.handled(this.#consumer, 'retried');
    this.message.nak(delayAfter(this.message.info.deliveryCount, policy.retryMs.slice(0, 3)));
  }

  #arrivalOf(incoming: Incoming): Arrival {
    const { broker, policy } = this.context;
    return {
      ...incoming,
      isFirst: () => isFirstOfResource(broker, this.message),
      waitedLong: incoming.deliveries > policy.gapMs.length,
    };
  }

  #ids(incoming: Incoming | undefined): Record<string, unknown> {
    const { id: eventId, correlationid: correlationId } = incoming?.event ?? {};
    return { consumer: this.#consumer, streamSequence: this.message.seq, eventId, correlationId };
  }

  get #consumer(): string {
    return this.effects.handler.consumer;
  }
}

/** The wait after so many tries; the last one for all that follow. */
function delayAfter(tries: number, waits: readonly number[]): number {
  return waits[Math.min(tries, waits.length) - 1] ?? 1_000;
}
