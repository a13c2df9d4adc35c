import { cannotStart, type Listening } from '#service';
import { readIssuerConfig } from './issuer.config.js';
import { startIssuer } from './start-issuer.js';

/** The issuer as a process of its own; like a service's it tells its parent where it listens, and ends with it. */
let stop = (): void => process.exit(1); // nothing has begun yet
process.once('disconnect', () => {
  stop();
});
try {
  const config = readIssuerConfig();
  const running = await startIssuer({
    host: config.GINNEL_HOST,
    port: config.GINNEL_PORT,
    origin: new URL(config.GINNEL_BASE_URL).origin,
    audience: config.GINNEL_BASE_URL,
    databaseUrl: config.DATABASE_URL,
    secret: config.GINNEL_ISSUER_SECRET,
    sandbox: config.GINNEL_SANDBOX === 'on',
    trustedProxies: config.GINNEL_TRUSTED_PROXIES,
    logLevel: config.GINNEL_LOG_LEVEL,
  });
  stop = (): void => {
    void running.stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  if (process.connected) process.send?.({ listening: running.url } satisfies Listening);
} catch (error) {
  process.stderr.write(`${cannotStart('issuer')}${error instanceof Error ? error.message : 'unknown reason'}\n`);
  process.exit(1);
}
