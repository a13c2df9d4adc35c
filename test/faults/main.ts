import { parseArgs } from 'node:util';
import { playHostile } from './hostile/play-hostile.js';
import { type Plan, plansOf } from './plan.js';
import { playRound } from './round.js';
import { playRaces } from './races/play-races.js';
import { Servers } from './servers.js';
import { allKills, fewKills, type KillPlan } from './transactions/kill-plans.js';
import { playTransactions } from './transactions/play-transactions.js';

/**
 * `npm run test:faults -- --seed 1 --count 100`: so many rounds of events, each with one fault, and transactions across services
 * whose processes are killed at each step (`--transactions all`, `few` or `none`), and races of 1,000 conditional creates through
 * two processes (`--races 1000`); ends with 1 when one went wrong.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '8' },
    transactions: { type: 'string', default: 'all' },
    races: { type: 'string', default: '1000' },
    hostile: { type: 'string', default: '100000' },
  },
});
const kills: Record<string, readonly KillPlan[]> = { all: allKills, few: fewKills, none: [] };
const killPlans = kills[values.transactions];
if (!killPlans) throw new Error('--transactions is all, few or none.');
const [seed, count, races] = [Number(values.seed), Number(values.count), Number(values.races)];
const hostile = Number(values.hostile);
const servers = await Servers.start(print);
let wrong = 0;
let unwhole = 0;
let unfair = 0;
let hurt = 0;
try {
  for (const plan of plansOf(seed, count)) wrong += (await isWhole(plan)) ? 0 : 1;
  if (killPlans.length > 0) unwhole = await playTransactions(killPlans, await servers.forServices(), print);
  if (races > 0) unfair = await playRaces(races, await servers.forServices(), print);
  if (hostile > 0) hurt = await playHostile({ count: hostile, seed }, await servers.forServices(), print);
} finally {
  await servers.stop();
}
print(`${String(count - wrong)} of ${String(count)} rounds were whole (seed ${String(seed)})`);
print(`${String(killPlans.length - unwhole)} of ${String(killPlans.length)} transactions ended as they had to`);
print(`${String(races - unfair)} of ${String(races)} races were won by one`);
print(`${String(hostile)} hostile requests did ${String(hurt)} things that they should not`);
process.exitCode = wrong + unwhole + unfair + hurt === 0 ? 0 : 1;

async function isWhole(plan: Plan): Promise<boolean> {
  const begun = Date.now();
  const title = `${plan.fault}, at ${String(plan.moment)}`;
  try {
    await playRound(plan, await servers.forRound());
    print(`whole  ${title} (${String(Date.now() - begun)} ms)`);
    return true;
  } catch (error) {
    print(`BROKEN ${title} (seed ${String(seed)}):\n${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
