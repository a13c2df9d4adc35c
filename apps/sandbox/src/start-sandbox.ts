import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { OpenSandbox, TokenVerifier } from '#auth';
import { ensureInfrastructure, freePort, type Infrastructure, type StartError } from '#launchers';
import { createLogger } from '#observability';
import { projectRoot } from '#programmes';
import { migrateServices, type RunningService, serviceUrl, startService } from '#service';
import { Issuer, migrateIssuer, mountIssuer } from '../../issuer/src/issuer.module.js';
import { failingDirectory } from './faults/failing-providers.js';
import { mountFaults } from './faults/mount-faults.js';
import { ProviderActors } from './faults/provider-actors.js';
import { emptyAll } from './fresh.js';
import { KeptTokens, type TokenSource } from './issuer/kept-tokens.js';
import { registerReadyClients } from './issuer/ready-clients.js';
import { trustedIssuer } from './issuer/trusted-issuer.js';
import { loopbackHosts } from './loopback-hosts.js';
import { announce } from './operate/where.js';
import { portInUse } from './port-in-use.js';
import { definitions, modules } from './sandbox.module.js';
import { readSandboxConfig } from './sandbox.config.js';
import type { SandboxSettings } from './sandbox-settings.js';
import { secretIn } from './secret.js';
import { seed } from './seed.js';

export interface Sandbox {
  url: string;
  tokens: TokenSource;
  failed: Promise<StartError>;
  stop: () => Promise<void>;
}

const host = '127.0.0.1';

/** PostgreSQL, nats-server and all services on one machine, seeded. */
export async function startSandbox(settings: SandboxSettings, say: (line: string) => void): Promise<Sandbox> {
  const config = readSandboxConfig(join(projectRoot(), '.ginnel'));
  const { dataFolder } = config;
  const infrastructure = await ensureInfrastructure({ dataFolder, log: say });
  try {
    if (settings.fresh) await emptyAll(infrastructure, definitions);
    await migrateServices(infrastructure.databaseUrl, definitions);
    await migrateIssuer(infrastructure.databaseUrl);
    const written = await seed(infrastructure.databaseUrl, definitions, failingDirectory());
    say(written === 0 ? 'Seeded before; nothing to add.' : `Seeded ${String(written)} resources of the programmes.`);
    const secret = secretIn(join(dataFolder, 'sandbox-secret'));
    const actors = new ProviderActors({ secret, complain: say });
    const running = await startAll(settings, { infrastructure, secret, config, actors });
    const { url } = running;
    const tokens = new KeptTokens({ origin: url, dataFolder });
    void actors.start(url, (client) => tokens.get(client));
    const withdraw = announce(dataFolder, { ...infrastructure, url });
    return {
      url,
      tokens,
      failed: infrastructure.failed,
      stop: async () => {
        withdraw();
        await actors.stop();
        await running.stop();
        await infrastructure.stop();
      },
    };
  } catch (error) {
    await infrastructure.stop();
    throw portInUse(error, { host, port: settings.port }) ?? error;
  }
}

async function startAll(
  { open, port: wanted, packages }: SandboxSettings,
  parts: {
    infrastructure: Infrastructure;
    secret: string;
    config: ReturnType<typeof readSandboxConfig>;
    actors: ProviderActors;
  },
): Promise<RunningService> {
  const { databaseUrl, natsUrl, natsMonitorUrl } = parts.infrastructure;
  const { logLevel, dataFolder } = parts.config;
  // The issuer is called by its address, so that is settled before anything listens.
  const port = wanted === 0 ? await freePort() : wanted;
  const origin = `http://${host}:${String(port)}`;
  const issuer = new Issuer({
    origin,
    audience: `${origin}/fhir`,
    databaseUrl: serviceUrl(databaseUrl, 'issuer'),
    secret: parts.secret,
    sandbox: true,
  });
  await registerReadyClients(issuer, dataFolder);
  const log = createLogger({ level: logLevel, service: 'issuer' });
  const tokens = new TokenVerifier({ issuers: [trustedIssuer(origin)] });
  const running = await startService({
    name: 'sandbox',
    modules,
    host,
    port,
    databaseUrl: (service) => serviceUrl(databaseUrl, service),
    natsUrl,
    ...(natsMonitorUrl === undefined ? { natsSyncAsserted: true } : { natsMonitorUrl }),
    authenticator: open ? new OpenSandbox({ host, tokens }) : tokens,
    secret: parts.secret,
    logLevel,
    nhsNumberCheck: parts.config.nhsNumberCheck,
    ...(parts.config.registerFile === '' ? {} : { registerFile: parts.config.registerFile }),
    // The story's practice hears of its outcome on this machine.
    webhookHosts: loopbackHosts,
    limits: parts.config.limits,
    origins: parts.config.origins,
    packages: [...parts.config.packages, ...packages],
    routes: (fastify) => {
      mountIssuer(fastify, { issuer, newId: randomUUID, log });
      mountFaults(fastify, { host, newId: randomUUID });
      parts.actors.mount(fastify);
    },
  });
  const stop = async (): Promise<void> => {
    await running.stop();
    await issuer.close();
  };
  return { ...running, stop };
}
