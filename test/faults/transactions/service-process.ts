import { createInterface } from 'node:readline';
import { BearerTokens } from '#auth';
import { startService } from '#service';
import { sandboxClients } from '../../../apps/sandbox/src/sandbox-clients.js';
import { moduleOf } from '../../../apps/sandbox/src/sandbox.module.js';
import { say } from '../halt.js';
import { serviceOptions } from './service-options.js';

/** One service as in a deployment; it kills itself at the moment of a transaction that the parent has named last. */
const { service, databaseUrl, natsUrl, natsMonitorUrl, namespace, secret, ...more } = serviceOptions();
let { killAt } = more;

createInterface({ input: process.stdin })
  .on('line', (moment) => {
    killAt = moment;
    say(`heard ${moment}`);
  })
  .on('close', () => process.exit(1)); // the parent is gone

const { url } = await startService({
  name: service,
  modules: [moduleOf(service)],
  host: '127.0.0.1',
  port: 0,
  baseUrl: 'http://ginnel.test/fhir',
  databaseUrl: () => databaseUrl,
  natsUrl,
  natsMonitorUrl,
  natsNamespace: namespace,
  authenticator: new BearerTokens(sandboxClients(secret)),
  secret,
  logLevel: 'silent',
  transactions: { checkpoint, patienceMs: 3_000 },
  transactionRecovery: { afterMs: 4_000, everyMs: 100 },
});
say(`listening ${url}`);

/** No handler runs and no buffer is written: as if the power had gone. */
function checkpoint(moment: string): void {
  if (moment !== killAt) return;
  process.kill(process.pid, 'SIGKILL');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
