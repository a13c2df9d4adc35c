import { FhirError, error } from '#fhir';
import type { Limits } from '../limits.js';

export type GateLimits = Pick<Limits, 'inFlight' | 'waiting' | 'waitMs' | 'busyWaitMs'>;

/** Gives a place back; a second call does nothing. */
export type Leave = () => void;

interface Waiting {
  client: string;
  since: number;
  enter: (leave: Leave) => void;
  refuse: (reason: FhirError) => void;
}

interface Line {
  inside: number;
  waiting: Waiting[];
}

/** How long a queue must stand, or the event loop be late, before it is more than a burst. */
export const burstMs = 2_000;
/** The event loop is late where a timer is by so much. */
const lateMs = 500;

/**
 * Lets so many requests of this process be answered at once, and few others wait. A burst may wait long. Once the queue has
 * stood for two seconds while as many keep coming, it is overload: then whoever has waited longer than a moment is refused,
 * and the newest goes first, because its caller still listens. One client never has all places, and where the queue is full
 * whoever has most in it gives way. After "Controlled delay" in https://queue.acm.org/detail.cfm?id=2839461
 */
export class Gate {
  readonly #lines = new Map<string, Line>();
  readonly #share: number;
  #inside = 0;
  #waiting = 0;
  #standsSince: number | undefined;
  #lateSince: number | undefined;
  #second = { began: 0, came: 0, done: 0 };
  #lastSecond = { came: 0, done: 0 };

  constructor(
    private readonly limits: GateLimits,
    private readonly clock: () => number,
  ) {
    this.#share = Math.ceil((limits.inFlight * 3) / 4);
    this.#second.began = clock();
  }

  get inside(): number {
    return this.#inside;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** 503 for a request that would find no room: before its body is read. */
  knock(client: string): void {
    if (this.#hasRoom() || this.#longest() !== this.#lines.get(client)) return;
    this.#second.came += 1;
    throw busy();
  }

  /** A place, at once or when one is free; rejects with 503. `dropOut` is called with what gives up waiting. */
  enter(client: string, dropOut?: (leaveQueue: () => void) => void): Leave | Promise<Leave> {
    this.#second.came += 1;
    const line = this.#lineOf(client);
    if (this.#waiting === 0 && this.#mayEnter(line)) {
      this.#standsSince = undefined;
      return this.#take(client, line);
    }
    return new Promise((resolve, reject) => {
      const one: Waiting = { client, since: this.clock(), enter: resolve, refuse: reject };
      line.waiting.push(one);
      this.#waiting += 1;
      this.#standsSince ??= one.since;
      dropOut?.(() => {
        this.#strike(one, busy());
      });
      if (!this.#hasRoom(1)) this.#strike(this.#longest()?.waiting.at(-1), busy());
      this.#admit();
    });
  }

  /** To be called every few milliseconds: ends what waited too long, and notes how late the timer was. */
  tick(late = 0): void {
    const now = this.clock();
    this.#lateSince = late < lateMs ? undefined : (this.#lateSince ?? now - late);
    if (now - this.#second.began >= 1_000) {
      this.#lastSecond = this.#second;
      this.#second = { began: now, came: 0, done: 0 };
    }
    if (this.#waiting === 0) return;
    const before = now - (this.isOverloaded ? this.limits.busyWaitMs : this.limits.waitMs);
    for (const { waiting } of [...this.#lines.values()])
      for (const one of waiting.filter(({ since }) => since < before)) this.#strike(one, busy());
    this.#admit();
  }

  get isOverloaded(): boolean {
    const now = this.clock();
    const stands = (since: number | undefined): boolean => since !== undefined && now - since >= burstMs;
    const { came, done } = this.#lastSecond;
    return stands(this.#lateSince) || (stands(this.#standsSince) && came > done / 2);
  }

  #hasRoom(counted = 0): boolean {
    const { waiting, inFlight } = this.limits;
    return this.#waiting - counted < (this.isOverloaded ? Math.min(waiting, inFlight) : waiting);
  }

  #mayEnter({ inside }: Line): boolean {
    return this.#inside < this.limits.inFlight && inside < this.#share;
  }

  #take(client: string, line: Line): Leave {
    line.inside += 1;
    this.#inside += 1;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      line.inside -= 1;
      this.#inside -= 1;
      this.#second.done += 1;
      this.#forget(client, line);
      this.#admit();
    };
  }

  /** Whoever has fewest inside goes first. */
  #admit(): void {
    while (this.#waiting > 0) {
      const ready = [...this.#lines.values()].filter((line) => line.waiting.length > 0 && this.#mayEnter(line));
      const line = least(ready);
      const one = this.isOverloaded ? line?.waiting.at(-1) : line?.waiting[0];
      if (!line || !one) return;
      this.#remove(one, line);
      // A queue that is empty because all were refused still stands.
      if (this.#waiting === 0) this.#standsSince = undefined;
      one.enter(this.#take(one.client, line));
    }
  }

  #strike(one: Waiting | undefined, reason: FhirError): void {
    const line = one && this.#lines.get(one.client);
    if (!one || !line?.waiting.includes(one)) return;
    this.#remove(one, line);
    this.#forget(one.client, line);
    one.refuse(reason);
  }

  #remove(one: Waiting, line: Line): void {
    line.waiting.splice(line.waiting.indexOf(one), 1);
    this.#waiting -= 1;
  }

  #longest(): Line | undefined {
    let longest: Line | undefined;
    for (const line of this.#lines.values()) if (line.waiting.length > (longest?.waiting.length ?? 0)) longest = line;
    return longest;
  }

  #lineOf(client: string): Line {
    let line = this.#lines.get(client);
    if (!line) this.#lines.set(client, (line = { inside: 0, waiting: [] }));
    return line;
  }

  #forget(client: string, line: Line): void {
    if (line.inside === 0 && line.waiting.length === 0) this.#lines.delete(client);
  }
}

function least(lines: readonly Line[]): Line | undefined {
  return lines.reduce<Line | undefined>(
    (fewest, line) => (fewest && fewest.inside <= line.inside ? fewest : line),
    undefined,
  );
}

/** What this process cannot do now, it can in a moment. */
export function busy(): FhirError {
  const diagnostics = 'This server has more to do than it can; send the request again after the time in Retry-After.';
  return new FhirError([error('transient', diagnostics)], { status: 503, headers: { 'retry-after': '2' } });
}
