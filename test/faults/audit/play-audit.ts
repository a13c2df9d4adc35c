import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { migrateServices, serviceUrl } from '#service';
import { verifyAll } from '../../../apps/sandbox/src/commands/audit.js';
import { tokenOf } from '../../../apps/sandbox/src/sandbox-clients.js';
import { definitions } from '../../../apps/sandbox/src/sandbox.module.js';
import { eventually } from '../../eventually.js';
import { Child } from '../child.js';
import { between, randomOf } from '../random.js';
import type { ServersOfServices } from '../transactions/services.js';
import { type Answered, Storm } from './storm.js';

const parallel = 24;
/** By these a process defends itself: of such answers one a second is entered. */
const spared: readonly number[] = [429, 503];

/**
 * Rounds of a storm of requests through two processes of one service, one of which is killed in the middle (SIGKILL): every
 * request that was answered has its entry, and the chain holds. Answers how many rounds went wrong.
 */
export async function playAudit(
  { rounds, seed }: { rounds: number; seed: number },
  servers: ServersOfServices,
  print: (line: string) => void,
): Promise<number> {
  await migrateServices(servers.adminUrl, definitions);
  const secret = randomUUID();
  const namespace = `audit-${secret.slice(0, 8)}`;
  const token = tokenOf(secret, 'practice');
  const random = randomOf(seed);
  const start = (): Promise<Running> => startReferral(servers, { secret, namespace });
  let pair = await Promise.all([start(), start()]);
  let wrong = 0;
  try {
    const patient = await createPatient(pair[0].url, token);
    for (let round = 1; round <= rounds; round++) {
      const storm = new Storm(
        { urls: pair.map(({ url }) => url), token, parallel, name: `round-${String(round)}` },
        patient,
      );
      const asked = between(random, 200, 800);
      await storm.until(asked);
      const [victim, other] = round % 2 === 0 ? pair : [pair[1], pair[0]];
      await victim.child.kill();
      await storm.until(asked + 100);
      await storm.stop();
      pair = [other, await start()];
      const answers = storm.answered.filter(({ status }) => !spared.includes(status));
      const faults = await faultsAfter(answers, { ...servers, namespace }, print);
      print(
        `${faults === 0 ? 'whole ' : 'BROKEN'} audit after ${String(answers.length)} answers (seed ${String(seed)})`,
      );
      wrong += faults === 0 ? 0 : 1;
    }
  } finally {
    await Promise.all(pair.map(({ child }) => child.kill()));
  }
  return wrong;
}

interface Running {
  child: Child;
  url: string;
}

async function startReferral(
  { adminUrl, natsUrl, natsMonitorUrl }: ServersOfServices,
  more: { secret: string; namespace: string },
): Promise<Running> {
  const databaseUrl = serviceUrl(adminUrl, 'referral');
  const options = { service: 'referral', databaseUrl, natsUrl, natsMonitorUrl, ...more };
  const child = new Child('transactions/service-process', options);
  const [, url = ''] = (await child.line('listening')).split(' ');
  return { child, url };
}

async function createPatient(url: string, token: string): Promise<string> {
  const answer = await fetch(`${url}/fhir/Patient`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
    body: JSON.stringify({ resourceType: 'Patient', active: true, name: [{ family: 'Invented' }] }),
  });
  if (answer.status !== 201) throw new Error(`A Patient was answered with ${String(answer.status)}.`);
  return ((await answer.json()) as { id: string }).id;
}

/** Entries that are missing, and what the verification of the chain finds once everything is sealed. */
async function faultsAfter(
  answered: readonly Answered[],
  { adminUrl, natsUrl, natsMonitorUrl, namespace }: ServersOfServices & { namespace: string },
  print: (line: string) => void,
): Promise<number> {
  const client = new pg.Client({ connectionString: adminUrl, options: '-c search_path=referral' });
  await client.connect();
  try {
    const wanted = answered.map(({ requestId }) => requestId);
    const { rows } = await client.query<{ id: string }>(
      'SELECT id FROM unnest($1::text[]) id EXCEPT SELECT request_id FROM audit_event',
      [wanted],
    );
    if (rows.length > 0) print(`BROKEN ${String(rows.length)} answers have no entry, such as ${rows[0]?.id ?? ''}`);
    await eventually(
      () => unsealed(client),
      (left) => left === 0,
      60_000,
    );
    const lines: string[] = [];
    const place = { databaseUrl: adminUrl, natsUrl, natsMonitorUrl, namespace };
    const code = await verifyAll(place, { kept: [], print: (line) => lines.push(line) });
    if (code !== 0) lines.forEach(print);
    return rows.length + code;
  } finally {
    await client.end();
  }
}

async function unsealed(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ unsealed: number }>(
    'SELECT count(*)::int AS unsealed FROM audit_event WHERE n > (SELECT coalesce(max(n_to), 0) FROM audit_chain)',
  );
  return rows[0]?.unsealed ?? 0;
}
