import { Dice } from '../hostile/dice.js';
import { type Fault, judge } from './judge.js';
import { judgeLookup, lookupOf } from './lookups.js';
import { queryOf } from './queries.js';
import { askedTypes, SubWorld } from './sub-world.js';
import { type Ground, OracleWorld } from './world.js';

export interface OracleOptions {
  seed: number;
  /** Pairs of an actor and a query. */
  pairs: number;
  /** Resources of each type. */
  each?: number;
  /** Faults after which nothing more is asked. */
  faultsAtMost?: number;
}

export interface OracleResult {
  pairs: number;
  /** Pairs whose answer told something. */
  told: number;
  faults: readonly Fault[];
  /** Content that was told to somebody who may not see it. */
  foreign: readonly string[];
}

const lanes = 16;

/** So many random pairs in one random world: each answer is compared with what that actor's own part of the world holds. */
export async function playOracle(ground: Ground, options: OracleOptions): Promise<OracleResult> {
  const { seed, pairs, each = 6, faultsAtMost = 20 } = options;
  const dice = new Dice(seed);
  const world = await OracleWorld.start(ground, { dice, each });
  try {
    const everything = await world.everything();
    const leaves = await world.leaves(dice);
    const subs = await Promise.all(
      world.actors.map(async (actor) => ({ actor, sub: await SubWorld.of(everything, actor) })),
    );
    const faults: Fault[] = [];
    let [asked, told] = [0, 0];
    const lane = async (): Promise<void> => {
      while (asked < pairs && faults.length < faultsAtMost) {
        asked++;
        const { actor, sub } = dice.of(subs);
        const asking = { world, actor, sub };
        const judged = dice.chance(0.15)
          ? await judgeLookup(lookupOf(world.versions, dice), asking)
          : await judge(queryOf({ dice, leaves, types: askedTypes(sub) }), asking);
        if (judged.fault) faults.push(judged.fault);
        if (judged.told) told++;
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    return { pairs: asked, told, faults, foreign: world.foreign };
  } finally {
    await world.stop();
  }
}
