import type { Type } from '@nestjs/common';
import { authenticatorFor } from './authentication.js';
import { limitsIn } from './limits.config.js';
import { readServiceConfig, securityIn, type ServiceConfig } from './service.config.js';
import { operate } from './operate.js';
import { withoutLogins } from './secret-files.js';
import { Service } from './service.js';
import { type RunningService, startService } from './start-service.js';

/**
 * A whole process for one service, as the environment says; ends with one sentence and exit 1 where it cannot start. To a
 * parent that opened a channel (Node's IPC) it tells where it listens, and it ends when that parent is gone.
 */
export async function runService(name: string, module: Type): Promise<void> {
  let stop = (): void => process.exit(1); // nothing has begun yet
  process.once('disconnect', () => {
    stop();
  });
  const command = process.argv.slice(2);
  try {
    if (command.length > 0) {
      await runCommand(name, module, command);
      return;
    }
    const running = await startFromConfig(name, module, readServiceConfig());
    stop = (): void => {
      void running.stop().then(() => process.exit(0));
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
    if (process.connected) process.send?.({ listening: running.url } satisfies Listening);
  } catch (error) {
    const why = error instanceof Error ? withoutLogins(error.message) : 'unknown reason';
    process.stderr.write(`${cannotStart(name)}${why}\n`);
    process.exit(1);
  }
}

/** One operator's command (`node main.js dead-letters list`), done by a replica that lives as long as the command. */
async function runCommand(name: string, module: Type, command: readonly string[]): Promise<void> {
  const config = {
    ...readServiceConfig(),
    GINNEL_HOST: '127.0.0.1',
    GINNEL_PORT: 0,
    GINNEL_LOG_LEVEL: 'error' as const,
  };
  const replica = await startFromConfig(name, module, config);
  const answer = await operate(replica.app.get(Service, { strict: false }), command).finally(replica.stop);
  process.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
  process.exit(0);
}

/** What a service tells the parent that started it. */
export interface Listening {
  /** http://host:port */
  listening: string;
}

/** How the sentence of a service that cannot start begins. */
export function cannotStart(name: string): string {
  return `${name} cannot start: `;
}

async function startFromConfig(name: string, module: Type, config: ServiceConfig): Promise<RunningService> {
  const security = securityIn(config);
  return startService({
    name,
    modules: [module],
    host: config.GINNEL_HOST,
    port: config.GINNEL_PORT,
    baseUrl: config.GINNEL_BASE_URL,
    databaseUrl: () => config.DATABASE_URL,
    natsUrl: config.NATS_URL,
    ...(config.NATS_MONITOR_URL === undefined ? {} : { natsMonitorUrl: config.NATS_MONITOR_URL }),
    natsSyncAsserted: config.GINNEL_NATS_SYNC === 'always',
    ...(config.GINNEL_NATS_NAMESPACE === undefined ? {} : { natsNamespace: config.GINNEL_NATS_NAMESPACE }),
    authenticator: authenticatorFor(config),
    secret: config.GINNEL_SECRET,
    logLevel: config.GINNEL_LOG_LEVEL,
    nhsNumberCheck: config.GINNEL_NHS_NUMBER_CHECK,
    ...(config.GINNEL_REGISTER_FILE === '' ? {} : { registerFile: config.GINNEL_REGISTER_FILE }),
    auditDays: config.GINNEL_AUDIT_DAYS,
    requestKeyDays: config.GINNEL_REQUEST_KEY_DAYS,
    webhookHosts: config.GINNEL_WEBHOOK_HOSTS,
    ...(config.GINNEL_EGRESS_PROXY === '' ? {} : { egressProxy: config.GINNEL_EGRESS_PROXY }),
    packages: config.GINNEL_PACKAGES,
    ...(security ? { security } : {}),
    limits: limitsIn(config),
    origins: config.GINNEL_CORS_ORIGINS,
    trustedProxies: config.GINNEL_TRUSTED_PROXIES,
  });
}
