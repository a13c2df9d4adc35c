import { between } from '../faults/random.js';

const dayMs = 86_400_000;

/** What decides what happens: chance, and the clock. */
export class Chance {
  constructor(
    readonly random: () => number,
    private readonly clock: () => Date,
  ) {}

  /** True so many times in a hundred. */
  happens(percent: number): boolean {
    return this.random() * 100 < percent;
  }

  oneOf<T>(values: readonly T[]): T {
    const found = values[between(this.random, 0, values.length - 1)];
    if (found === undefined) throw new Error('There is nothing to choose from.');
    return found;
  }

  /** A dateTime so many days from now. */
  at(days = 0): string {
    return new Date(this.clock().getTime() + days * dayMs).toISOString();
  }

  /** A date so many days from now. */
  on(days: number): string {
    return this.at(days).slice(0, 10);
  }
}
