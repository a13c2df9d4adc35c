import { randomUUID } from 'node:crypto';
import { migrateServices, serviceUrl } from '#service';
import { tokenOf } from '../../../apps/sandbox/src/sandbox-clients.js';
import { definitions } from '../../../apps/sandbox/src/sandbox.module.js';
import { Child } from '../child.js';
import type { ServersOfServices } from '../transactions/services.js';
import { ConditionalRaces } from './conditional-race.js';

const parallel = 1_000;
/** Fewer rounds say nothing of the rate. */
const fewToJudge = 10;

/** Races of 1,000 conditional creates through two processes of one service; answers how many went wrong. */
export async function playRaces(
  rounds: number,
  servers: ServersOfServices,
  print: (line: string) => void,
): Promise<number> {
  await migrateServices(servers.adminUrl, definitions);
  const secret = randomUUID();
  const started = await Promise.all([startReferral(servers, secret), startReferral(servers, secret)]);
  const races = new ConditionalRaces({
    urls: started.map(({ url }) => url),
    token: tokenOf(secret, 'practice'),
    parallel,
  });
  try {
    return await playAll(races, rounds, print);
  } finally {
    races.close();
    await Promise.all(started.map(({ child }) => child.kill()));
  }
}

async function playAll(races: ConditionalRaces, rounds: number, print: (line: string) => void): Promise<number> {
  let wrong = 0;
  const [contended, uncontended]: [number[], number[]] = [[], []];
  for (let round = 1; round <= rounds; round++) {
    const { faults, ms } = await races.contended();
    contended.push(ms);
    if (round % 10 === 1) uncontended.push((await races.uncontended()).ms);
    if (faults.length === 0) continue;
    wrong += 1;
    print(`BROKEN race ${String(round)}: ${faults.join('; ')}`);
  }
  const rate = medianOf(uncontended) / medianOf(contended);
  print(`1,000 with one condition: ${rateOf(contended)}; each with its own: ${rateOf(uncontended)} a second`);
  if (rate >= 0.5 || rounds < fewToJudge) return wrong;
  print(`BROKEN races: under contention only ${rate.toFixed(2)} of the uncontended rate`);
  return wrong + 1;
}

async function startReferral(
  { adminUrl, natsUrl, natsMonitorUrl }: ServersOfServices,
  secret: string,
): Promise<{ child: Child; url: string }> {
  const service = 'referral' as const;
  const namespace = `races-${secret.slice(0, 8)}`;
  const databaseUrl = serviceUrl(adminUrl, service);
  const child = new Child('transactions/service-process', {
    service,
    databaseUrl,
    natsUrl,
    natsMonitorUrl,
    namespace,
    secret,
  });
  const [, url = ''] = (await child.line('listening')).split(' ');
  return { child, url };
}

function rateOf(times: readonly number[]): string {
  return String(Math.round((parallel * 1_000) / medianOf(times)));
}

function medianOf(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Infinity;
}
