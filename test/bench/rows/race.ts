import { randomUUID } from 'node:crypto';
import type { Comparison } from '../comparison.js';
import { type Sent, Waves } from '../load/waves.js';
import { sampleCondition } from '../resources.js';
import type { Served } from './served.js';

const racers = 1000;

/** Conditional creates in waves of a thousand: all with the same criteria, beside each with its own. */
export function raceComparison({ url, headers }: Served): { comparison: Comparison; close: () => Promise<void> } {
  const waves = new Waves(url, racers);
  const send = (value: string): Sent => ({
    method: 'POST',
    path: '/fhir/Condition',
    headers: { ...headers, 'content-type': 'application/fhir+json', 'if-none-exist': `identifier=${system}|${value}` },
    body: JSON.stringify({ ...sampleCondition('bench-patient-0'), identifier: [{ system, value }] }),
  });
  const same = (seconds: number) => {
    const run = randomUUID();
    return waves.run((wave) => send(`${run}-${String(wave)}`), { seconds, judge: oneMade });
  };
  const own = (seconds: number) => waves.run(() => send(randomUUID()), { seconds, judge: allMade });
  const alone = 'each with criteria of its own';
  return {
    comparison: {
      name: 'conditional create, 1,000 at once',
      by: 'rate',
      sides: [
        { name: 'all with the same criteria', run: same },
        { name: alone, run: own },
      ],
      goals: [{ of: 'ratio', to: alone, atLeast: 0.5 }],
      about: { racers },
    },
    close: () => {
      waves.close();
      return Promise.resolve();
    },
  };
}

const system = 'https://ginnel.example/bench/race';

function oneMade(statuses: readonly number[]): void {
  const [made, found] = [201, 200].map((status) => statuses.filter((each) => each === status).length);
  if (made === 1 && found === statuses.length - 1) return;
  throw new Error(`Of ${String(statuses.length)} racers ${String(made)} were answered 201 and ${String(found)} 200.`);
}

function allMade(statuses: readonly number[]): void {
  const made = statuses.filter((status) => status === 201).length;
  if (made < statuses.length)
    throw new Error(`Of ${String(statuses.length)} creates ${String(made)} were answered 201.`);
}
