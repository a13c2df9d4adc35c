import { parseArgs } from 'node:util';
import { playWorlds } from '../oracle/play-worlds.js';
import type { Ground } from '../oracle/world.js';
import { playAudit } from './audit/play-audit.js';
import { playHostile } from './hostile/play-hostile.js';
import { playNotifications } from './notifications/play-notifications.js';
import { type Plan, plansOf } from './plan.js';
import { playRound } from './round.js';
import { playReferrals } from '../referrals/play-referrals.js';
import { playRaces } from './races/play-races.js';
import { Servers } from './servers.js';
import { allKills, fewKills, type KillPlan } from './transactions/kill-plans.js';
import { playTransactions } from './transactions/play-transactions.js';

/**
 * `npm run test:faults -- --seed 1 --count 100`: so many rounds of events, each with one fault, and transactions across services
 * whose processes are killed at each step (`--transactions all`, `few` or `none`), and races of 1,000 conditional creates through
 * two processes (`--races 1000`), hostile requests, and pairs of an actor and a query, each compared with a look at every
 * resource (`--oracle 1000000`), and storms of requests in which a process is killed, after which each answer must have its entry in
 * the audit (`--audit 10`), and notifications to a receiver that fails three calls in ten (`--notifications 100000`), and referrals
 * with all their turns, whose whole history is checked (`--referrals 10000`); ends with 1 when one went wrong.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '8' },
    transactions: { type: 'string', default: 'all' },
    races: { type: 'string', default: '1000' },
    hostile: { type: 'string', default: '100000' },
    oracle: { type: 'string', default: '1000000' },
    audit: { type: 'string', default: '10' },
    notifications: { type: 'string', default: '100000' },
    referrals: { type: 'string', default: '10000' },
  },
});
const kills: Record<string, readonly KillPlan[]> = { all: allKills, few: fewKills, none: [] };
const killPlans = kills[values.transactions];
if (!killPlans) throw new Error('--transactions is all, few or none.');
const [seed, count, races] = [Number(values.seed), Number(values.count), Number(values.races)];
const [hostile, oracle, storms] = [Number(values.hostile), Number(values.oracle), Number(values.audit)];
const [notifications, referrals] = [Number(values.notifications), Number(values.referrals)];
const servers = await Servers.start(print);
let wrong = 0;
let unwhole = 0;
let unfair = 0;
let hurt = 0;
let untrue = 0;
let unseen = 0;
let untold = 0;
let unlike = 0;
try {
  for (const plan of plansOf(seed, count)) wrong += (await isWhole(plan)) ? 0 : 1;
  if (killPlans.length > 0) unwhole = await playTransactions(killPlans, await servers.forServices(), print);
  if (races > 0) unfair = await playRaces(races, await servers.forServices(), print);
  if (storms > 0) unseen = await playAudit({ rounds: storms, seed }, await servers.forServices(), print);
  if (notifications > 0) {
    untold = await playNotifications({ count: notifications, seed }, await servers.forServices(), print);
  }
  if (referrals > 0) unlike = await playReferrals({ count: referrals, seed }, await servers.forServices(), print);
  if (oracle > 0) untrue = await playWorlds({ pairs: oracle, seed }, groundOf, print);
  if (hostile > 0) hurt = await playHostile({ count: hostile, seed }, await servers.forServices(), print);
} finally {
  await servers.stop();
}
print(`${String(count - wrong)} of ${String(count)} rounds were whole (seed ${String(seed)})`);
print(`${String(killPlans.length - unwhole)} of ${String(killPlans.length)} transactions ended as they had to`);
print(`${String(races - unfair)} of ${String(races)} races were won by one`);
print(
  `${String(oracle)} pairs of an actor and a query: ${String(untrue)} answers that were not theirs (seed ${String(seed)})`,
);
print(`${String(storms - unseen)} of ${String(storms)} storms left a whole audit (seed ${String(seed)})`);
print(`${String(notifications)} notifications came with ${String(untold)} faults (seed ${String(seed)})`);
print(`${String(referrals)} referrals left ${String(unlike)} faults in their histories (seed ${String(seed)})`);
print(`${String(hostile)} hostile requests did ${String(hurt)} things that they should not`);
process.exitCode = wrong + unwhole + unfair + hurt + untrue + unseen + untold + unlike === 0 ? 0 : 1;

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

async function groundOf(): Promise<Ground> {
  const { adminUrl: databaseUrl, natsUrl, natsMonitorUrl } = await servers.forServices();
  return { databaseUrl, natsUrl, natsMonitorUrl };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
