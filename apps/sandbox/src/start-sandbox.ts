import { join } from 'node:path';
import { BearerTokens, OpenSandbox } from '#auth';
import { ensureInfrastructure, type Infrastructure, type StartError } from '#launchers';
import { projectRoot } from '#programmes';
import { migrateServices, type RunningService, serviceUrl, startService } from '#service';
import { emptyAll } from './fresh.js';
import { announce } from './operate/where.js';
import { portInUse } from './port-in-use.js';
import { definitions, modules } from './sandbox.module.js';
import { sandboxClients } from './sandbox-clients.js';
import { readSandboxConfig } from './sandbox.config.js';
import type { SandboxSettings } from './sandbox-settings.js';
import { secretIn } from './secret.js';
import { seed } from './seed.js';

export interface Sandbox {
  url: string;
  tokens: ReadonlyMap<string, string>;
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
    const written = await seed(infrastructure.databaseUrl, definitions);
    say(written === 0 ? 'Seeded before; nothing to add.' : `Seeded ${String(written)} resources of the programmes.`);
    const secret = secretIn(join(dataFolder, 'sandbox-secret'));
    const clients = sandboxClients(secret);
    const running = await startAll(settings, { infrastructure, secret, clients, config });
    const withdraw = announce(dataFolder, infrastructure);
    return {
      url: running.url,
      tokens: new Map(clients.map(({ client, token }) => [client, token])),
      failed: infrastructure.failed,
      stop: async () => {
        withdraw();
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
  { open, port, packages }: SandboxSettings,
  parts: {
    infrastructure: Infrastructure;
    secret: string;
    clients: ReturnType<typeof sandboxClients>;
    config: ReturnType<typeof readSandboxConfig>;
  },
): Promise<RunningService> {
  const { databaseUrl, natsUrl, natsMonitorUrl } = parts.infrastructure;
  const tokens = new BearerTokens(parts.clients);
  return startService({
    name: 'sandbox',
    modules,
    host,
    port,
    databaseUrl: (service) => serviceUrl(databaseUrl, service),
    natsUrl,
    ...(natsMonitorUrl === undefined ? { natsSyncAsserted: true } : { natsMonitorUrl }),
    authenticator: open ? new OpenSandbox({ host, tokens }) : tokens,
    secret: parts.secret,
    logLevel: parts.config.logLevel,
    nhsNumberCheck: parts.config.nhsNumberCheck,
    // The story's practice hears of its outcome on this machine.
    webhookHosts: ['127.0.0.1:*'],
    limits: parts.config.limits,
    packages: [...parts.config.packages, ...packages],
  });
}
