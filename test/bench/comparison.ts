import { median, type Spread, spreadOf } from './statistics.js';

/** What one side did in one round. Latencies in milliseconds. */
export interface Sample {
  /** Per second. */
  rate: number;
  p50: number;
  p99: number;
}

/** One way to do the same work: Ginnel's, or a baseline's. */
export interface Side {
  name: string;
  run: (seconds: number) => Promise<Sample>;
  /** Lets work that was left behind end, so that it does not burden the next side. */
  settle?: () => Promise<void>;
}

export type Goal =
  | { of: 'ratio'; to: string; atLeast: number }
  | { of: 'p50' | 'p99'; atMost: number }
  /** As many times as slow as a baseline. */
  | { of: 'times'; by: 'p50' | 'p99'; to: string; atMost: number };

/** One row of the bench: the first side is Ginnel's, the others are what it is compared with. */
export interface Comparison {
  name: string;
  /** What is compared: the rate (more is better) or the median latency (less is better). */
  by: 'rate' | 'p50';
  sides: readonly [Side, ...Side[]];
  goals: readonly Goal[];
  /** What a reader must know to judge the numbers. */
  about: Readonly<Record<string, unknown>>;
}

export interface MeasuredSide {
  name: string;
  samples: readonly Sample[];
  rate: Spread;
  p50: Spread;
  p99: Spread;
}

export interface Ratio extends Spread {
  to: string;
}

export interface MeasuredRow {
  name: string;
  by: Comparison['by'];
  sides: readonly MeasuredSide[];
  /** How much of each baseline is reached, round by round; 1 is as good as the baseline, also where latency is compared. */
  ratios: readonly Ratio[];
  goals: readonly (Goal & { met: boolean })[];
  about: Comparison['about'];
}

/** Ratios are taken within a round, because its sides saw the same machine at nearly the same time. */
export function measuredRow(comparison: Comparison, samples: readonly (readonly Sample[])[]): MeasuredRow {
  const { name, by, about } = comparison;
  const sides = comparison.sides.map((side, at) => measuredSide(side.name, samples[at] ?? []));
  const [ours, ...baselines] = sides;
  const ratios = baselines.map((baseline) => ({
    to: baseline.name,
    ...spreadOf(baseline.samples.map((theirs, round) => ratioOf(by, ours?.samples[round], theirs))),
  }));
  const goals = comparison.goals.map((goal) => ({ ...goal, met: isMet(goal, { sides, ratios }) }));
  return { name, by, sides, ratios, goals, about };
}

function measuredSide(name: string, samples: readonly Sample[]): MeasuredSide {
  const spread = (measure: keyof Sample): Spread => spreadOf(samples.map((sample) => sample[measure]));
  return { name, samples, rate: spread('rate'), p50: spread('p50'), p99: spread('p99') };
}

function ratioOf(by: Comparison['by'], ours: Sample | undefined, theirs: Sample): number {
  if (!ours) return NaN;
  return by === 'rate' ? ours.rate / theirs.rate : theirs.p50 / ours.p50;
}

/** What was measured of a goal; NaN where nothing was. */
export function reached(goal: Goal, { sides, ratios }: Pick<MeasuredRow, 'sides' | 'ratios'>): number {
  const [ours] = sides;
  switch (goal.of) {
    case 'ratio':
      return ratios.find(({ to }) => to === goal.to)?.median ?? NaN;
    case 'times': {
      const theirs = sides.find(({ name }) => name === goal.to)?.samples ?? [];
      return median(theirs.map((sample, round) => (ours?.samples[round]?.[goal.by] ?? NaN) / sample[goal.by]));
    }
    default:
      return ours?.[goal.of].median ?? NaN;
  }
}

function isMet(goal: Goal, row: Pick<MeasuredRow, 'sides' | 'ratios'>): boolean {
  return goal.of === 'ratio' ? reached(goal, row) >= goal.atLeast : reached(goal, row) <= goal.atMost;
}
