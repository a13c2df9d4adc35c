import { join } from 'node:path';
import { BearerTokens } from '#auth';
import { isServiceName } from '#fhir';
import { projectRoot } from '#programmes';
import { operate, operatorCommands, schemaOf, Service, serviceUrl, startService } from '#service';
import { findPlace } from './operate/where.js';
import { moduleOf } from './sandbox.module.js';
import { readSandboxConfig } from './sandbox.config.js';

/** One command for one service, done by a replica of it that lives as long as the command. */
try {
  const [name = '', ...command] = process.argv.slice(2);
  if (!isServiceName(name) || command.length === 0) throw new Error(operatorCommands);
  const { dataFolder } = readSandboxConfig(join(projectRoot(), '.ginnel'));
  const place = await findPlace(dataFolder);
  const replica = await startService({
    name: `operate-${schemaOf(name)}`,
    modules: [moduleOf(name)],
    host: '127.0.0.1',
    port: 0,
    baseUrl: 'http://127.0.0.1/fhir',
    databaseUrl: (service) => serviceUrl(place.databaseUrl, service),
    natsUrl: place.natsUrl,
    ...(place.natsMonitorUrl === undefined ? { natsSyncAsserted: true } : { natsMonitorUrl: place.natsMonitorUrl }),
    authenticator: new BearerTokens([]),
    secret: 'not used: no page link is made',
    logLevel: 'error',
  });
  const answer = await operate(replica.app.get(Service, { strict: false }), command).finally(async () => {
    await replica.stop();
    await place.leave();
  });
  process.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : 'The command failed.'}\n`);
  process.exit(1);
}
