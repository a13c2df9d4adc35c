import { createInterface } from 'node:readline';
import { BearerTokens } from '#auth';
import { serviceUrl, startService } from '#service';
import { ActivityDirectoryModule } from '../../../apps/activity-directory/src/activity-directory.module.js';
import { sandboxClients } from '../../../apps/sandbox/src/sandbox-clients.js';
import { SubscriptionsModule } from '../../../apps/subscriptions/src/subscriptions.module.js';
import { say } from '../halt.js';

/** Subscriptions and the directory in one process, whose clock is put forward by the parent: each line is its lead in ms. */
export interface NotifyingOptions {
  adminUrl: string;
  natsUrl: string;
  natsMonitorUrl: string;
  namespace: string;
  secret: string;
  ahead: number;
}

const options = JSON.parse(process.argv[2] ?? '{}') as NotifyingOptions;
let { ahead } = options;

createInterface({ input: process.stdin })
  .on('line', (line) => {
    ahead = Number(line);
  })
  .on('close', () => process.exit(1)); // the parent is gone

const { url } = await startService({
  name: 'notifying',
  modules: [SubscriptionsModule, ActivityDirectoryModule],
  host: '127.0.0.1',
  port: 0,
  baseUrl: 'http://ginnel.test/fhir',
  databaseUrl: (service) => serviceUrl(options.adminUrl, service),
  natsUrl: options.natsUrl,
  natsMonitorUrl: options.natsMonitorUrl,
  natsNamespace: options.namespace,
  authenticator: new BearerTokens(sandboxClients(options.secret)),
  secret: options.secret,
  logLevel: 'silent',
  webhookHosts: ['127.0.0.1:*'],
  now: () => new Date(Date.now() + ahead),
});
say(`listening ${url}`);
