import { type Comparison, measuredRow, reached, type Sample, type Side } from './comparison.js';

const side = (name: string): Side => ({ name, run: () => Promise.reject(new Error('is not run here')) });
const sample = (rate: number, p50: number, p99 = p50): Sample => ({ rate, p50, p99 });

const byRate: Comparison = {
  name: 'create',
  by: 'rate',
  sides: [side('ours'), side('bare')],
  goals: [
    { of: 'ratio', to: 'bare', atLeast: 0.5 },
    { of: 'p99', atMost: 9 },
  ],
  about: { bytes: 3 },
};

describe('a measured row', () => {
  it('compares rates within each round, so that a slow round of both sides changes nothing', () => {
    const ours = [sample(50, 1), sample(5, 10), sample(60, 1)];
    const bare = [sample(100, 1), sample(10, 10), sample(100, 1)];
    const { ratios, goals } = measuredRow(byRate, [ours, bare]);
    expect(ratios).toEqual([{ to: 'bare', median: 0.5, min: 0.5, max: 0.6 }]);
    expect(goals).toEqual([
      { of: 'ratio', to: 'bare', atLeast: 0.5, met: true },
      { of: 'p99', atMost: 9, met: true },
    ]);
  });

  it('turns latencies round, so that 1 is as good as the baseline and less is worse there too', () => {
    const { ratios } = measuredRow({ ...byRate, by: 'p50' }, [[sample(1, 8)], [sample(1, 2)]]);
    expect(ratios).toEqual([{ to: 'bare', median: 0.25, min: 0.25, max: 0.25 }]);
  });

  it('misses a goal that is not reached, and one whose baseline was not measured', () => {
    const goals = [
      { of: 'ratio', to: 'bare', atLeast: 0.5 },
      { of: 'ratio', to: 'another', atLeast: 0.1 },
      { of: 'p50', atMost: 1 },
    ] as const;
    const row = measuredRow({ ...byRate, goals }, [[sample(49, 1.5)], [sample(100, 1)]]);
    expect(row.goals.map(({ met }) => met)).toEqual([false, false, false]);
  });

  it('asks how many times as slow it is as a baseline within each round', () => {
    const goals = (['p50', 'p99'] as const).map((by) => ({ of: 'times' as const, by, to: 'bare', atMost: 2 }));
    const ours = [sample(1, 3, 9), sample(1, 30, 90), sample(1, 3, 9)];
    const bare = [sample(1, 2, 4), sample(1, 20, 40), sample(1, 1, 4)];
    const row = measuredRow({ ...byRate, goals }, [ours, bare]);
    expect(row.goals.map((goal) => [goal.met, reached(goal, row)])).toEqual([
      [true, 1.5],
      [false, 2.25],
    ]);
  });

  it('keeps every sample beside its medians', () => {
    const samples = [sample(10, 1, 5), sample(30, 3, 7), sample(20, 2, 6)];
    const { sides, about, name, by } = measuredRow(byRate, [samples, samples]);
    expect({ name, by, about }).toEqual({ name: 'create', by: 'rate', about: { bytes: 3 } });
    expect(sides[0]).toEqual({
      name: 'ours',
      samples,
      rate: { median: 20, min: 10, max: 30 },
      p50: { median: 2, min: 1, max: 3 },
      p99: { median: 6, min: 5, max: 7 },
    });
  });
});
