import { between, randomOf, shuffled } from './random.js';

/** What goes wrong, and where. The first four stop a process exactly there, before it is killed. */
export const faults = [
  'service killed between commit and publish',
  'service killed between publish and mark',
  'consumer killed between effect and commit',
  'consumer killed between commit and ack',
  'service killed at any moment',
  'consumer killed at any moment',
  'broker stopped under load',
  'stream deleted under load',
] as const;

export type Fault = (typeof faults)[number];

export interface Plan {
  seed: number;
  fault: Fault;
  /** The how-manieth commit, batch or effect it hits. */
  moment: number;
}

export const resources = 6;
export const versionsEach = 10;

/** Small, so that the load never fits into fewer batches than the moments below. */
export const batchSize = 4;
const batchesAtLeast = (resources * versionsEach) / batchSize;

/** `count` rounds from this seed; every kind of fault once before one comes again. */
export function plansOf(seed: number, count: number): Plan[] {
  const random = randomOf(seed);
  const rounds = Array.from({ length: Math.ceil(count / faults.length) }, () => shuffled(random, faults)).flat();
  return rounds.slice(0, count).map((fault, index) => ({ seed: seed + index, fault, moment: momentOf(fault, random) }));
}

function momentOf(fault: Fault, random: () => number): number {
  const latest = fault === 'service killed between publish and mark' ? batchesAtLeast : 40;
  return between(random, 1, latest);
}
