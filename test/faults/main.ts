import { parseArgs } from 'node:util';
import { type Plan, plansOf } from './plan.js';
import { playRound } from './round.js';
import { Servers } from './servers.js';

/** `npm run test:faults -- --seed 1 --count 100`: so many rounds, each with one fault; ends with 1 when one went wrong. */
const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, count: { type: 'string', default: '8' } },
});
const [seed, count] = [Number(values.seed), Number(values.count)];
const servers = await Servers.start(print);
let wrong = 0;
try {
  for (const plan of plansOf(seed, count)) wrong += (await isWhole(plan)) ? 0 : 1;
} finally {
  await servers.stop();
}
print(`${String(count - wrong)} of ${String(count)} rounds were whole (seed ${String(seed)})`);
process.exitCode = wrong === 0 ? 0 : 1;

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
