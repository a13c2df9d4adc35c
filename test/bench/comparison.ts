import { type Spread, spreadOf } from './statistics.js';

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

export type Goal = { of: 'ratio'; to: string; atLeast: number } | { of: 'p50' | 'p99'; atMost: number };

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
  const goals = comparison.goals.map((goal) => ({ ...goal, met: isMet(goal, ours, ratios) }));
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

function isMet(goal: Goal, ours: MeasuredSide | undefined, ratios: readonly Ratio[]): boolean {
  if (goal.of !== 'ratio') return (ours?.[goal.of].median ?? NaN) <= goal.atMost;
  return (ratios.find(({ to }) => to === goal.to)?.median ?? NaN) >= goal.atLeast;
}
