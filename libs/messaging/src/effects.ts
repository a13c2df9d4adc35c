import type { CloudEvent } from '#events';
import type { Database, Session } from '#postgres';
import { isHeld, park, type ParkReason } from './dead-letter.js';
import type { EventHandler } from './event-handler.js';
import { advance, beganTrimmed, lockPosition, type Place, setPosition, type Step } from './inbox.js';
import type { Incoming } from './incoming.js';

/** What became of one delivery. `gap` asks to come again; everything else is final. */
export type Verdict =
  | { outcome: 'applied' | 'passed' | 'known'; nextWaits: boolean }
  | { outcome: 'stale' | 'gap' }
  | { outcome: 'parked'; reason: ParkReason };

export interface Arrival extends Incoming {
  /** No earlier event of this resource is in the stream. */
  isFirst: () => Promise<boolean>;
  /** It came so often before its turn that the event before it is not to be expected. */
  waitedLong: boolean;
}

/** Effects of one consumer's events: once each, in the order of their resource. */
export class Effects {
  constructor(
    readonly handler: EventHandler,
    private readonly database: Database,
  ) {}

  placeOf({ event, resource }: Incoming): Place {
    return { consumer: this.handler.consumer, eventId: event.id, resource, sequence: event.sequence };
  }

  async take(arrival: Arrival): Promise<Verdict> {
    return (await this.#pass(arrival)) ?? this.#take(arrival);
  }

  /** Most events only move the sequence: by one statement, where it is their turn. */
  async #pass(arrival: Arrival): Promise<Verdict | undefined> {
    if (this.#concerns(arrival.event)) return undefined;
    const { advanced, fresh, nextWaits } = await advance(this.database.as(['*']), this.placeOf(arrival));
    return advanced ? { outcome: fresh ? 'passed' : 'known', nextWaits } : undefined;
  }

  /** Position, memory and effect are one transaction: what the handler throws undoes all of it. */
  #take(arrival: Arrival): Promise<Verdict> {
    return this.database.transaction(['*'], async (tx) => {
      const step = await advance(tx, this.placeOf(arrival));
      if (step.erased) return { outcome: 'stale' };
      return step.advanced ? this.#apply(tx, arrival, step) : this.#outOfTurn(tx, arrival);
    });
  }

  async #apply(tx: Session, incoming: Incoming, step: Step): Promise<Verdict> {
    return { outcome: step.fresh ? await this.#effect(tx, incoming.event) : 'known', nextWaits: step.nextWaits };
  }

  async #effect(tx: Session, event: CloudEvent): Promise<'applied' | 'passed'> {
    if (!this.#concerns(event)) return 'passed';
    await this.handler.handle(event, tx);
    return 'applied';
  }

  #concerns({ type }: CloudEvent): boolean {
    return this.handler.types?.includes(type) ?? true;
  }

  async #outOfTurn(tx: Session, arrival: Arrival): Promise<Verdict> {
    const place = this.placeOf(arrival);
    const position = await lockPosition(tx, place);
    if (place.sequence <= position) return { outcome: 'stale' };
    if (place.sequence === position + 1) return this.jump(tx, arrival);
    // Before it is asked what the stream holds: a parked event may have left it since, and still has its turn.
    if (await isHeld(tx, place.consumer, arrival)) return this.#park(tx, arrival, 'held');
    if (position === 0 && (await this.#mayStart(tx, arrival))) return this.jump(tx, arrival);
    return arrival.waitedLong ? this.#park(tx, arrival, 'gap') : { outcome: 'gap' };
  }

  /** Takes the event next, whatever came before it. Its position must be locked. */
  async jump(tx: Session, incoming: Incoming): Promise<Verdict> {
    const place = this.placeOf(incoming);
    await setPosition(tx, { ...place, sequence: place.sequence - 1 });
    return this.#apply(tx, incoming, await advance(tx, place));
  }

  /**
   * A resource that was never heard of starts at 1. It may start later only where its earlier events are known to be gone for
   * good: the sender's outbox has pruned them, or they had left the stream by age before this consumer was made.
   */
  async #mayStart(tx: Session, arrival: Arrival): Promise<boolean> {
    if (arrival.starts) return true;
    return (await beganTrimmed(tx, this.handler.consumer)) && (await arrival.isFirst());
  }

  async #park(tx: Session, arrival: Arrival, reason: 'gap' | 'held'): Promise<Verdict> {
    const detail = reason === 'gap' ? 'an earlier event never came' : 'an earlier event is parked';
    await park(tx, arrival, { consumer: this.handler.consumer, reason, detail });
    return { outcome: 'parked', reason };
  }
}
