import { nextTry, waitsMs } from './next-try.js';

const now = new Date('2026-11-21T08:00:00Z');
const hour = 3_600_000;

/** Seconds until the next try, at the least and at the most. */
function waits(attempts: number, retryAfterMs?: number): (number | undefined)[] {
  return [0, 1].map((chance) => {
    const next = nextTry({ attempts, retryAfterMs }, now, chance);
    return next && (next.getTime() - now.getTime()) / 1_000;
  });
}

describe('the next try of a notification', () => {
  it('comes later each time, up to a tenth more by chance', () => {
    expect([1, 2, 3, 4, 9].map((attempts) => waits(attempts))).toEqual([
      [5, 5.5],
      [300, 330],
      [1_800, 1_980],
      [7_200, 7_920],
      [86_400, 95_040],
    ]);
  });

  it('is not made after ten, which take 75 hours at the least', () => {
    expect([waits(10), waitsMs.length + 1]).toEqual([[undefined, undefined], 10]);
    expect(waitsMs.reduce((sum, wait) => sum + wait, 0)).toBeGreaterThan(75 * hour);
  });

  it('comes no sooner than the receiver asked for', () => {
    expect([waits(1, 60_000), waits(9, 60_000)]).toEqual([
      [60, 60],
      [86_400, 95_040],
    ]);
  });
});
