import { createInterface } from 'node:readline';
import { BearerTokens } from '#auth';
import { serviceUrl, startService } from '#service';
import { modules } from '../../apps/sandbox/src/sandbox.module.js';
import { say } from '../faults/halt.js';
import { clientsOf } from './cast.js';

/** All services in one process, whose clock is put forward by the parent: each line is its lead in ms. */
export interface InstallationOptions {
  adminUrl: string;
  natsUrl: string;
  natsMonitorUrl: string;
  namespace: string;
  secret: string;
  ahead: number;
}

const options = JSON.parse(process.argv[2] ?? '{}') as InstallationOptions;
let { ahead } = options;

createInterface({ input: process.stdin })
  .on('line', (line) => {
    ahead = Number(line);
    say(`ahead ${line}`);
  })
  .on('close', () => process.exit(1)); // the parent is gone

const { url } = await startService({
  name: 'simulated',
  modules,
  host: '127.0.0.1',
  port: 0,
  baseUrl: 'http://ginnel.test/fhir',
  databaseUrl: (service) => serviceUrl(options.adminUrl, service),
  natsUrl: options.natsUrl,
  natsMonitorUrl: options.natsMonitorUrl,
  natsNamespace: options.namespace,
  authenticator: new BearerTokens(clientsOf(options.secret)),
  secret: options.secret,
  logLevel: 'silent',
  webhookHosts: ['127.0.0.1:*'],
  limits: { requests: 10_000_000 },
  transactionRecovery: { afterMs: 4_000, everyMs: 1_000 },
  now: () => new Date(Date.now() + ahead),
});
say(`listening ${url}`);
