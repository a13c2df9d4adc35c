import { type Comparison, type MeasuredRow, measuredRow, type Sample } from './comparison.js';

export interface Rounds {
  rounds: number;
  seconds: number;
  log: (line: string) => void;
}

/** Warms every side up, then lets them take turns; each round begins with another side, so that none is always first. */
export async function measure(comparison: Comparison, { rounds, seconds, log }: Rounds): Promise<MeasuredRow> {
  const { sides } = comparison;
  for (const side of sides) await turn(side, seconds);
  const samples: Sample[][] = sides.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    log(`${comparison.name}: round ${String(round + 1)} of ${String(rounds)}`);
    for (const at of orderOf(round, sides.length)) {
      const side = sides[at];
      if (side) samples[at]?.push(await turn(side, seconds));
    }
  }
  return measuredRow(comparison, samples);
}

/** Places of the sides in one round: 0 1 2, 1 2 0, 2 0 1, 0 1 2 … */
export function orderOf(round: number, sides: number): number[] {
  return Array.from({ length: sides }, (_, at) => (round + at) % sides);
}

async function turn({ run, settle }: Comparison['sides'][number], seconds: number): Promise<Sample> {
  const sample = await run(seconds);
  await settle?.();
  return sample;
}
