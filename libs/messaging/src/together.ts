import type { Database, Session } from '#postgres';
import { advanceAll, type Place, type Step } from './inbox.js';

/** Groups of a kind under way at once: while one waits for the disk another is executed, and more events gather. */
const atOnce = 2;
const mostEvents = 32;

interface Waiting {
  place: Place;
  effect: ((tx: Session) => Promise<void>) | undefined;
  resolve: (step: Step | undefined) => void;
}

interface Queue {
  waiting: Waiting[];
  underWay: number;
}

/**
 * Events that take their places together, of whichever consumers of one service: those without an effect, and, apart from them, those
 * whose effect is a few rows. Under load most of such an event's cost is the statement and the commit, not its rows. A group is taken
 * whole or not at all. Its places are locked in one order; for what an effect locks beside them it does not wait long.
 */
export class Together {
  readonly #passing: Queue = { waiting: [], underWay: 0 };
  readonly #effects: Queue = { waiting: [], underWay: 0 };

  constructor(private readonly database: Database) {}

  /** Undefined where the group failed, for whatever reason: then the event is taken alone, and answered for itself. */
  take(place: Place, effect?: (tx: Session) => Promise<void>): Promise<Step | undefined> {
    const queue = effect === undefined ? this.#passing : this.#effects;
    return new Promise((resolve) => {
      queue.waiting.push({ place, effect, resolve });
      this.#next(queue);
    });
  }

  #next(queue: Queue): void {
    while (queue.waiting.length > 0 && queue.underWay < atOnce) {
      const group = queue.waiting.splice(0, mostEvents).sort(inOneOrder);
      queue.underWay += 1;
      void this.#settle(group).finally(() => {
        queue.underWay -= 1;
        this.#next(queue);
      });
    }
  }

  /** Never throws. */
  async #settle(group: readonly Waiting[]): Promise<void> {
    const steps = await this.#taken(group).catch(() => []);
    group.forEach(({ resolve }, at) => {
      resolve(steps[at]);
    });
  }

  #taken(group: readonly Waiting[]): Promise<Step[]> {
    const places = group.map(({ place }) => place);
    if (group.every(({ effect }) => effect === undefined)) return advanceAll(this.database.as(['*']), places);
    return this.database.transaction(['*'], async (tx) => {
      // Who has to wait for somebody else's work waits alone.
      await tx.query({ text: "SET LOCAL lock_timeout = '200ms'" });
      const steps = await advanceAll(tx, places);
      for (const [at, { effect }] of group.entries()) {
        const step = steps[at];
        if (step?.advanced && step.fresh) await effect?.(tx);
      }
      return steps;
    });
  }
}

function inOneOrder({ place: one }: Waiting, { place: other }: Waiting): number {
  const [left, right] = [`${one.consumer} ${one.resource}`, `${other.consumer} ${other.resource}`];
  if (left !== right) return left < right ? -1 : 1;
  return one.sequence - other.sequence;
}
