import { withinTime } from './within-time.js';

/** Objects and arrays in a resource that needs no clock: any expression over it is done at once. */
const small = 2_000;

/** The time that one walk may spend on expressions over large resources; they are not our code and cannot be trusted to end. */
export class Patience {
  private left = 2_000;
  private sized: unknown;
  private isSmall = true;

  /** What the work returns; undefined where the time is over. */
  spend<T>(resource: unknown, work: () => T): T | undefined {
    if (this.sized !== resource) {
      this.sized = resource;
      this.isSmall = nodesIn(resource, small) < small;
    }
    if (this.isSmall) return work();
    if (this.left <= 0) return undefined;
    const start = performance.now();
    const done = withinTime(this.left, work);
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
