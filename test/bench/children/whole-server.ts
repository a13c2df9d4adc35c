import { BearerTokens } from '#auth';
import { serviceUrl, startService } from '#service';
import { modules } from '../../../apps/sandbox/src/sandbox.module.js';
import { workForParent } from './child.js';
import type { GinnelServerOptions } from './ginnel-server.js';

/** All services behind one port: what one of them does on its way is heard and kept by the others. */
workForParent(async (options) => {
  const { databaseUrl, natsUrl, natsMonitorUrl, clients } = options as GinnelServerOptions;
  const running = await startService({
    name: 'bench-whole',
    modules,
    host: '127.0.0.1',
    port: 0,
    databaseUrl: (service) => serviceUrl(databaseUrl, service),
    natsUrl,
    natsMonitorUrl,
    natsNamespace: 'bench-whole',
    authenticator: new BearerTokens(clients),
    secret: 'a secret of the bench, of no use elsewhere',
    logLevel: 'info',
    webhookHosts: ['127.0.0.1:*'],
    limits: { requests: 1_000_000_000 },
  });
  return { ready: running.url, stop: running.stop };
});
