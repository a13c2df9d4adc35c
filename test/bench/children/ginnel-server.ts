import { BearerTokens, type TokenClient } from '#auth';
import { serviceUrl, startService } from '#service';
import { modules } from '../services.js';
import { workForParent } from './child.js';

export interface GinnelServerOptions {
  /** The admin's. */
  databaseUrl: string;
  natsUrl: string;
  natsMonitorUrl: string;
  clients: readonly TokenClient[];
}

/** Two services behind one port, as in production: bearer tokens, one log line per request, durable broker. */
workForParent(async (options) => {
  const { databaseUrl, natsUrl, natsMonitorUrl, clients } = options as GinnelServerOptions;
  const running = await startService({
    name: 'bench',
    modules,
    host: '127.0.0.1',
    port: 0,
    databaseUrl: (service) => serviceUrl(databaseUrl, service),
    natsUrl,
    natsMonitorUrl,
    authenticator: new BearerTokens(clients),
    secret: 'a secret of the bench, of no use elsewhere',
    logLevel: 'info',
    // One client sends all.
    limits: { requests: 1_000_000_000 },
  });
  return { ready: running.url, stop: running.stop };
});
