import type { KillPlan } from './kill-plans.js';
import { titleOf } from './kill-plans.js';
import { makeLasting, playTransaction } from './round.js';
import { Services, type ServersOfServices } from './services.js';

/** Plays transactions with these kills on one installation; answers how many went wrong. */
export async function playTransactions(
  plans: readonly KillPlan[],
  servers: ServersOfServices,
  print: (line: string) => void,
): Promise<number> {
  const running = await Services.start(servers);
  let wrong = 0;
  try {
    const lasting = await makeLasting(running);
    for (const plan of plans) {
      const begun = Date.now();
      try {
        await playTransaction(plan, running, lasting);
        print(`${plan.ends.padEnd(10)} ${titleOf(plan)} (${String(Date.now() - begun)} ms)`);
      } catch (error) {
        wrong += 1;
        print(`BROKEN     ${titleOf(plan)}:\n${error instanceof Error ? error.message : String(error)}`);
      }
    }
  } finally {
    await running.stop();
  }
  return wrong;
}
