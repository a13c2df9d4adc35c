import { randomUUID } from 'node:crypto';
import { migrateServices } from '#service';
import { sandboxClients } from '../../../apps/sandbox/src/sandbox-clients.js';
import { definitions } from '../../../apps/sandbox/src/sandbox.module.js';
import { seed as seedDirectory } from '../../../apps/sandbox/src/seed.js';
import { attack } from '../../hostile/attack.js';
import { Child } from '../child.js';
import type { ServersOfServices } from '../transactions/services.js';
import type { AllServicesOptions } from './all-services-process.js';

const megabyte = 1024 * 1024;
const mostGrowth = 100 * megabyte;
const warmUp = 2_000;

/** So many hostile requests to all services in one process; answers how many faults were found. */
export async function playHostile(
  { count, seed }: { count: number; seed: number },
  servers: ServersOfServices,
  print: (line: string) => void,
): Promise<number> {
  await migrateServices(servers.adminUrl, definitions);
  await seedDirectory(servers.adminUrl, definitions);
  const secret = randomUUID();
  const options: AllServicesOptions = { ...servers, secret, namespace: `hostile-${secret.slice(0, 8)}` };
  const child = new Child('hostile/all-services-process', options);
  try {
    const [, url = ''] = (await child.line('listening')).split(' ');
    const tokens = sandboxClients(secret).map(({ token }) => token);
    // What is made when it is first needed is no leak.
    await attack({ url, seed: seed + 1, count: warmUp, tokens });
    const before = await memoryOf(child);
    const { broken, speechless } = await attack({ url, seed, count, tokens });
    const growth = (await memoryOf(child)) - before;
    for (const line of broken) print(`BROKEN ${line}`);
    for (const line of speechless) print(`SPEECHLESS ${line}`);
    print(`memory grew by ${String(Math.round(growth / megabyte))} MB`);
    return broken.length + speechless.length + (growth > mostGrowth ? 1 : 0);
  } finally {
    await child.kill();
  }
}

async function memoryOf(child: Child): Promise<number> {
  const told = child.lines.filter((line) => line.startsWith('memory ')).length;
  child.tell('memory');
  await child.said('memory ', told + 1);
  return Number(
    child.lines
      .filter((line) => line.startsWith('memory '))
      .at(-1)
      ?.split(' ')[1],
  );
}
