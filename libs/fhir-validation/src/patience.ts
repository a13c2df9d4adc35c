import { withinTime } from './within-time.js';

/** Objects and arrays in a value that needs no guard: any expression over it is done at once. */
const small = 2_000;

/** The time that one walk may spend on expressions: they are not our code, and cannot be trusted to end. */
export class Patience {
  private left = 2_000;
  private sized: unknown;
  private isSmall = true;

  /** What the work returns, which looks at no more than this value; undefined where the time is over. */
  spend<T>(value: unknown, work: () => T): T | undefined {
    if (this.sized !== value) {
      this.sized = value;
      this.isSmall = nodesIn(value, small) < small;
    }
    if (!this.isSmall) return this.guard(work);
    return this.timed(work);
  }

  /** The same for work that is stopped when the time is over. */
  guard<T>(work: () => T): T | undefined {
    return this.timed(() => withinTime(this.left, work));
  }

  private timed<T>(work: () => T): T | undefined {
    if (this.left <= 0) return undefined;
    const start = performance.now();
    const done = work();
    this.left -= performance.now() - start;
    return done;
  }
}

function nodesIn(value: unknown, most: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  let nodes = 1;
  for (const inner of Object.values(value)) {
    if (nodes >= most) return nodes;
    nodes += nodesIn(inner, most - nodes);
  }
  return nodes;
}
