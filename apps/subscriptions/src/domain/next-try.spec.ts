import { nextTry } from './next-try.js';

const second = 1_000;
const hour = 3_600 * second;
const firstAttemptAt = new Date('2026-11-21T08:00:00Z');

/** Seconds until the next try, at the least and at the most. */
function waits(attempts: number): (number | undefined)[] {
  return [0, 1].map((chance) => {
    const next = nextTry({ attempts, firstAttemptAt }, firstAttemptAt, chance);
    return next && (next.getTime() - firstAttemptAt.getTime()) / second;
  });
}

describe('the next try of a notification', () => {
  it('comes after twice the time of the one before, half of it by chance, up to an hour', () => {
    expect([1, 2, 3, 10, 13, 1_000].map(waits)).toEqual([
      [0.5, 1],
      [1, 2],
      [2, 4],
      [256, 512],
      [1_800, 3_600],
      [1_800, 3_600],
    ]);
  });

  it('is not made when it would be more than a day after the first', () => {
    const after = (ms: number) => nextTry({ attempts: 30, firstAttemptAt }, new Date(firstAttemptAt.getTime() + ms), 1);
    expect([after(23 * hour), after(23 * hour + 1)]).toEqual([new Date('2026-11-22T08:00:00Z'), undefined]);
  });
});
