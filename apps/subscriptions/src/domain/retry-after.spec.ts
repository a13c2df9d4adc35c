import { retryAfter } from './retry-after.js';

const now = new Date('2026-11-21T08:00:00Z');

describe('what a receiver says of the next try', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['soon', undefined],
    ['-5', undefined],
    ['0', 0],
    [' 120 ', 120_000],
    ['99999999999', 86_400_000],
    ['Sat, 21 Nov 2026 08:01:00 GMT', 60_000],
    ['Sat, 21 Nov 2026 07:00:00 GMT', 0],
  ])('%j means %s ms', (value, expected) => {
    expect(retryAfter(value, now)).toBe(expected);
  });
});
