import type { Sample, Side } from './comparison.js';
import { measure, orderOf } from './rounds.js';

describe('rounds', () => {
  it('begin with another side each time', () => {
    expect([0, 1, 2, 3].map((round) => orderOf(round, 3))).toEqual([
      [0, 1, 2],
      [1, 2, 0],
      [2, 0, 1],
      [0, 1, 2],
    ]);
  });

  it('warm every side up, let the sides take turns, and let a side settle before the next one', async () => {
    const seen: string[] = [];
    const side = (name: string) => ({
      name,
      run: (seconds: number): Promise<Sample> => {
        seen.push(`${name} ${String(seconds)} s`);
        return Promise.resolve({ rate: seen.length, p50: 1, p99: 1 });
      },
    });
    const settle = (): Promise<void> => {
      seen.push('settled');
      return Promise.resolve();
    };
    const sides = [{ ...side('ours'), settle }, side('bare')] as const;
    const comparison = { name: 'create', by: 'rate' as const, sides: [...sides] as [Side, Side], goals: [], about: {} };
    const row = await measure(comparison, { rounds: 2, seconds: 3, log: () => undefined });
    const turn = ['ours 3 s', 'settled', 'bare 3 s'];
    expect(seen).toEqual([...turn, ...turn, 'bare 3 s', 'ours 3 s', 'settled']);
    expect(row.sides.map(({ samples }) => samples.map(({ rate }) => rate))).toEqual([
      [4, 8],
      [6, 7],
    ]);
  });
});
