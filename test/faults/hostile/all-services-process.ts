import { createInterface } from 'node:readline';
import { BearerTokens } from '#auth';
import { serviceUrl, startService } from '#service';
import { sandboxClients } from '../../../apps/sandbox/src/sandbox-clients.js';
import { modules } from '../../../apps/sandbox/src/sandbox.module.js';
import { heldMemory } from '../../hostile/memory.js';
import { say } from '../halt.js';

/** All services in one process, which tells how much memory it holds when it is asked. */
export interface AllServicesOptions {
  adminUrl: string;
  natsUrl: string;
  natsMonitorUrl: string;
  namespace: string;
  secret: string;
}

const { adminUrl, natsUrl, natsMonitorUrl, namespace, secret } = JSON.parse(
  process.argv[2] ?? '{}',
) as AllServicesOptions;

createInterface({ input: process.stdin })
  .on('line', () => {
    say(`memory ${String(heldMemory())}`);
  })
  .on('close', () => process.exit(1)); // the parent is gone

const { url } = await startService({
  name: 'attacked',
  modules,
  host: '127.0.0.1',
  port: 0,
  baseUrl: 'http://ginnel.test/fhir',
  databaseUrl: (service) => serviceUrl(adminUrl, service),
  natsUrl,
  natsMonitorUrl,
  natsNamespace: namespace,
  authenticator: new BearerTokens(sandboxClients(secret)),
  secret,
  logLevel: 'silent',
});
say(`listening ${url}`);
