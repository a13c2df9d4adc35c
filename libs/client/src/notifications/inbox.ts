import type { Bundle, FhirResource, Parameters, ParametersParameter } from 'fhir/r4';

/** One event of a Subscription to a topic. */
export interface NotifiedEvent {
  /** From 1, without a gap. */
  number: number;
  /** What it is about, `Task/…`; absent where it may not be told any more. */
  focus?: string;
  /** The focus, with the content `full-resource`. */
  resources: readonly FhirResource[];
  /** It did not come in time and is kept no more: look through what it may have been about. */
  isLost?: true;
}

/** What a receiver remembers between two starts: keep it where it keeps what it made of the events. */
export interface InboxState {
  /** Every event up to this one was dealt with. */
  upTo: number;
  /** Dealt with beyond that. */
  beyond: readonly number[];
}

/**
 * The events of one Subscription, each given once however often it comes. Events of different referrals may overtake each other;
 * those of one come in their order. `missing` tells which numbers to ask `$events` for.
 */
export class NotificationInbox {
  #upTo: number;
  readonly #beyond: Set<number>;

  constructor(state: InboxState = { upTo: 0, beyond: [] }) {
    this.#upTo = state.upTo;
    this.#beyond = new Set(state.beyond);
  }

  /**
   * What is new in a verified notification, or in the answer of `$events`; nothing in a handshake or heartbeat. An event counts as
   * dealt with when the next one is asked for: one at which your loop throws comes again, with those behind it.
   */
  take(notification: Bundle): Generator<NotifiedEvent, void> {
    return this.#give(eventsIn(notification));
  }

  /** As `take`, of the answer to `$events` from a number on: an event that it leaves out is lost. */
  takeFrom(from: number, answer: Bundle): Generator<NotifiedEvent, void> {
    return this.#give(withLost(from, eventsIn(answer)));
  }

  *#give(events: Iterable<NotifiedEvent>): Generator<NotifiedEvent, void> {
    for (const event of events) {
      if (this.#isKnown(event.number)) continue;
      yield event;
      this.#beyond.add(event.number);
      while (this.#beyond.delete(this.#upTo + 1)) this.#upTo += 1;
    }
  }

  /** Numbers that were not dealt with, below the highest that has or that a heartbeat told of. */
  missing(upTo = 0): number[] {
    const highest = [...this.#beyond].reduce((a, b) => Math.max(a, b), Math.max(upTo, this.#upTo));
    const numbers = Array.from({ length: highest - this.#upTo }, (_, index) => this.#upTo + 1 + index);
    return numbers.filter((number) => !this.#beyond.has(number));
  }

  /** Take it when the events that were taken have been dealt with. */
  get state(): InboxState {
    return { upTo: this.#upTo, beyond: [...this.#beyond].sort((a, b) => a - b) };
  }

  #isKnown(number: number): boolean {
    return number <= this.#upTo || this.#beyond.has(number);
  }
}

/** Each in its place: an answer has all that are kept, by number, up to its last one. */
function* withLost(from: number, events: readonly NotifiedEvent[]): Generator<NotifiedEvent, void> {
  let next = from;
  for (const event of events.toSorted((a, b) => a.number - b.number)) {
    for (; next < event.number; next += 1) yield { number: next, resources: [], isLost: true };
    yield event;
    next = event.number + 1;
  }
}

/** The numbers of its events. */
export function numbersIn(notification: Bundle): number[] {
  return eventsIn(notification).map(({ number }) => number);
}

function eventsIn({ entry = [] }: Bundle): NotifiedEvent[] {
  const [status, ...others] = entry.map(({ resource }) => resource as FhirResource | undefined);
  const { parameter = [] } = (status ?? {}) as Partial<Parameters>;
  const resources = others.filter((resource) => resource !== undefined);
  return parameter
    .filter(({ name }) => name === 'notification-event')
    .map(({ part = [] }) => {
      const focus = partOf(part, 'focus')?.valueReference?.reference;
      const number = Number(partOf(part, 'event-number')?.valueString ?? Number.NaN);
      if (focus === undefined) return { number, resources: [] };
      const about = relative(focus);
      return { number, focus: about, resources: resources.filter((resource) => addressOf(resource) === about) };
    })
    .filter(({ number }) => Number.isInteger(number) && number > 0);
}

function partOf(parts: readonly ParametersParameter[], name: string): ParametersParameter | undefined {
  return parts.find((part) => part.name === name);
}

function addressOf({ resourceType, id = '' }: FhirResource): string {
  return `${resourceType}/${id}`;
}

function relative(reference: string): string {
  return reference.split('/').slice(-2).join('/');
}
