import { playOracle } from './play-oracle.js';
import type { Ground } from './world.js';

const pairsOfWorld = 20_000;

/** So many pairs, in a new random world after each 20,000; answers how many were answered wrongly. */
export async function playWorlds(
  { pairs, seed }: { pairs: number; seed: number },
  ground: () => Promise<Ground>,
  print: (line: string) => void,
): Promise<number> {
  let wrong = 0;
  for (let asked = 0, world = seed; asked < pairs && wrong === 0; asked += pairsOfWorld, world++) {
    const result = await playOracle(await ground(), { seed: world, pairs: Math.min(pairsOfWorld, pairs - asked) });
    wrong += result.faults.length + result.foreign.length;
    for (const word of result.foreign) print(`BROKEN oracle (seed ${String(world)}): told to ${word}`);
    for (const fault of result.faults) print(`BROKEN oracle (seed ${String(world)}): ${JSON.stringify(fault)}`);
    print(
      `${String(result.pairs)} pairs of an actor and a query, ${String(result.told)} told something (seed ${String(world)})`,
    );
  }
  return wrong;
}
