import type { CloudEvent } from '#events';
import type { Database, Session } from '#postgres';
import { isHeld, park, type ParkReason } from './dead-letter.js';
import type { EventHandler } from './event-handler.js';
import { advance, beganTrimmed, lockPosition, type Place, setPosition, type Step } from './inbox.js';
import type { Incoming } from './incoming.js';
import type { Together } from './together.js';

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

/** Whether it is one with an effect, where that was asked before. */
interface Concerned extends Incoming {
  concerned?: boolean;
}

/** Effects of one consumer's events: once each, in the order of their resource. */
export class Effects {
  constructor(
    readonly handler: EventHandler,
    private readonly database: Database,
    private readonly together: Together,
  ) {}

  placeOf({ event, resource }: Incoming): Place {
    return { consumer: this.handler.consumer, eventId: event.id, resource, sequence: event.sequence };
  }

  async take(arrival: Arrival): Promise<Verdict> {
    const concerned = await this.#concerns(arrival.event);
    return (await this.#takeTogether(arrival, concerned)) ?? this.#take({ ...arrival, concerned });
  }

  /** Most events only move the sequence: with those of others, where it is their turn. One that came before may end the process. */
  async #takeTogether(arrival: Arrival, concerned: boolean): Promise<Verdict | undefined> {
    const { event, deliveries } = arrival;
    if (concerned && (deliveries > 1 || this.handler.goesTogether?.(event) !== true)) return undefined;
    const effect = concerned ? (tx: Session) => this.handler.handle(event, tx) : undefined;
    const step = await this.together.take(this.placeOf(arrival), effect);
    if (!step?.advanced) return undefined;
    return { outcome: outcomeOf(step, concerned), nextWaits: step.nextWaits };
  }

  /** Position, memory and effect are one transaction: what the handler throws undoes all of it. */
  #take(arrival: Arrival & Concerned): Promise<Verdict> {
    return this.database.transaction(['*'], async (tx) => {
      const step = await advance(tx, this.placeOf(arrival));
      if (step.erased) return { outcome: 'stale' };
      return step.advanced ? this.#apply(tx, arrival, step) : this.#outOfTurn(tx, arrival);
    });
  }

  async #apply(tx: Session, { event, concerned }: Concerned, step: Step): Promise<Verdict> {
    const isMeant = concerned ?? (await this.#concerns(event));
    if (step.fresh && isMeant) await this.handler.handle(event, tx);
    return { outcome: outcomeOf(step, isMeant), nextWaits: step.nextWaits };
  }

  async #concerns(event: CloudEvent): Promise<boolean> {
    if (this.handler.types?.includes(event.type) === false) return false;
    return (await this.handler.concerns?.(event)) !== false;
  }

  async #outOfTurn(tx: Session, arrival: Arrival & Concerned): Promise<Verdict> {
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
  async jump(tx: Session, incoming: Concerned): Promise<Verdict> {
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

function outcomeOf({ fresh }: Step, concerned: boolean): 'applied' | 'passed' | 'known' {
  if (!fresh) return 'known';
  return concerned ? 'applied' : 'passed';
}
