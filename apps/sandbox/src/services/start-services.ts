import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { serviceNames } from '#fhir';
import { ensureInfrastructure, type Infrastructure, StartError } from '#launchers';
import { createLogger, type LogLevel } from '#observability';
import { projectRoot } from '#programmes';
import { limitVariablesOf, migrateServices, serviceUrl } from '#service';
import type { Part } from '../edge/all-services.js';
import { createEdge } from '../edge/edge.js';
import { failingDirectory } from '../faults/failing-providers.js';
import { mountFaults } from '../faults/mount-faults.js';
import { ProviderActors } from '../faults/provider-actors.js';
import { emptyAll } from '../fresh.js';
import { KeptTokens, type TokenSource } from '../issuer/kept-tokens.js';
import { prepareIssuer } from '../issuer/prepare-issuer.js';
import { writePrivate } from '../issuer/ready-clients.js';
import { trustedIssuer } from '../issuer/trusted-issuer.js';
import { loopbackHosts } from '../loopback-hosts.js';
import { announce } from '../operate/where.js';
import { portInUse } from '../port-in-use.js';
import { readSandboxConfig } from '../sandbox.config.js';
import { definitions } from '../sandbox.module.js';
import { secretIn } from '../secret.js';
import { seed } from '../seed.js';
import { Begun } from './begun.js';
import { KeptService } from './kept-service.js';
import { environmentOf, readServicesConfig } from './services.config.js';
import type { ServicesSettings } from './services-settings.js';

/** Every service as a process of its own, behind one address. */
export interface RunningServices {
  url: string;
  tokens: TokenSource;
  /** The issuer among them. */
  services: readonly KeptService[];
  /** Settles with a sentence when something that all need has ended for good. */
  failed: Promise<StartError>;
  /** The edge first, then the services, then what they stand on. */
  stop: () => Promise<void>;
}

const host = '127.0.0.1';
const names = serviceNames.filter((name) => definitions.some((definition) => definition.name === name));

export async function startServices(settings: ServicesSettings, say: (line: string) => void): Promise<RunningServices> {
  const begun = new Begun();
  try {
    return await start(settings, say, begun);
  } catch (error) {
    await begun.stop();
    throw error;
  }
}

async function start(settings: ServicesSettings, say: (line: string) => void, begun: Begun): Promise<RunningServices> {
  const { dataFolder, logLevel, packages, limits, origins, registerFile } = readSandboxConfig(
    join(projectRoot(), '.ginnel'),
  );
  const { namespace, nhsNumberCheck } = readServicesConfig();
  const programs = [...names, 'issuer' as const].map(programOf);
  const kept = new Map<Part, KeptService>();
  // The address comes first: the services must know it, and a port that is taken ends the start before anything began.
  const secret = secretIn(join(dataFolder, 'sandbox-secret'));
  const actors = new ProviderActors({ secret, complain: say });
  const url = await listen(settings.port, { kept, logLevel, actors }, begun);
  const infrastructure = begun.add(await ensureInfrastructure({ dataFolder, log: say }));
  await prepare(infrastructure, { fresh: settings.fresh, namespace, say });
  await prepareIssuer(infrastructure.databaseUrl, { origin: url, secret, dataFolder });
  const issuersFile = join(dataFolder, 'trusted-issuers.json');
  writePrivate(issuersFile, JSON.stringify([trustedIssuer(url)], null, 2));
  const shared = {
    ...brokerVariables(infrastructure),
    GINNEL_HOST: host,
    GINNEL_PORT: '0',
    GINNEL_BASE_URL: `${url}/fhir`,
    GINNEL_NATS_NAMESPACE: namespace,
    GINNEL_SECRET: secret,
    GINNEL_ISSUERS_FILE: issuersFile,
    GINNEL_LOG_LEVEL: logLevel,
    GINNEL_NHS_NUMBER_CHECK: nhsNumberCheck,
    GINNEL_WEBHOOK_HOSTS: loopbackHosts.join(','),
    ...limitVariablesOf(limits),
    GINNEL_CORS_ORIGINS: origins.join(','),
    GINNEL_REGISTER_FILE: registerFile === '' ? '' : resolve(registerFile),
    GINNEL_PACKAGES: packages.map((path) => resolve(path)).join(','),
  };
  for (const { service, main } of programs) {
    const DATABASE_URL = serviceUrl(infrastructure.databaseUrl, service);
    const own = service === 'issuer' ? { ...shared, ...issuerVariables(secret) } : shared;
    kept.set(service, new KeptService({ service, main, say, environment: environmentOf({ ...own, DATABASE_URL }) }));
  }
  const withdraw = announce(dataFolder, { ...infrastructure, url });
  begun.add({
    stop: () => {
      withdraw();
      return Promise.resolve();
    },
  });
  const services = [...kept.values()];
  begun.add({ stop: () => stopAll(services) });
  await Promise.all(services.map((service) => service.start()));
  const tokens = new KeptTokens({ origin: url, dataFolder });
  begun.add(actors);
  void actors.start(url, (client) => tokens.get(client));
  return {
    url,
    tokens,
    services,
    failed: Promise.race([infrastructure.failed, ...services.map(({ failed }) => failed)]),
    stop: () => begun.stop(),
  };
}

/** The issuer hears of callers through the edge on this machine, and knows that it is a trial. */
function issuerVariables(secret: string): Record<string, string> {
  return { GINNEL_ISSUER_SECRET: secret, GINNEL_SANDBOX: 'on', GINNEL_TRUSTED_PROXIES: '127.0.0.1' };
}

function programOf(service: Part): { service: Part; main: string } {
  const main = join(projectRoot(), 'dist', 'apps', service, 'src', 'main.js');
  if (!existsSync(main)) throw new StartError(`${service} is not built: run npm run build.`);
  return { service, main };
}

async function listen(
  port: number,
  { kept, logLevel, actors }: { kept: ReadonlyMap<Part, KeptService>; logLevel: LogLevel; actors: ProviderActors },
  begun: Begun,
): Promise<string> {
  const log = createLogger({ level: logLevel, service: 'edge' });
  const edge = createEdge({
    services: names,
    issuer: true,
    addressOf: (part) => kept.get(part)?.url,
    newId: randomUUID,
    log,
    besides: (edge) => {
      mountFaults(edge, { host, newId: randomUUID });
      actors.mount(edge);
    },
  });
  begun.edge(() => edge.close());
  try {
    await edge.listen({ host, port });
  } catch (error) {
    throw portInUse(error, { host, port }) ?? error;
  }
  return `http://${host}:${String((edge.server.address() as AddressInfo).port)}`;
}

async function prepare(
  { databaseUrl, natsUrl }: Infrastructure,
  { fresh, namespace, say }: { fresh: boolean; namespace: string | undefined; say: (line: string) => void },
): Promise<void> {
  if (fresh) await emptyAll({ databaseUrl, natsUrl, natsNamespace: namespace }, definitions);
  await migrateServices(databaseUrl, definitions);
  const written = await seed(databaseUrl, definitions, failingDirectory());
  say(written === 0 ? 'Seeded before; nothing to add.' : `Seeded ${String(written)} resources of the programmes.`);
}

async function stopAll(services: readonly KeptService[]): Promise<void> {
  await Promise.all(services.map((service) => service.stop()));
}

function brokerVariables({ natsUrl, natsMonitorUrl }: Infrastructure): Record<string, string> {
  const proof: Record<string, string> =
    natsMonitorUrl === undefined ? { GINNEL_NATS_SYNC: 'always' } : { NATS_MONITOR_URL: natsMonitorUrl };
  return { NATS_URL: natsUrl, ...proof };
}
