import { cannotStart, type Listening } from '#service';
import { runIssuerCommand } from './commands/issuer-commands.js';
import { Issuer, type IssuerOptions } from './issuer.js';
import { type IssuerConfig, readIssuerConfig } from './issuer.config.js';
import { startIssuer } from './start-issuer.js';

/** The issuer as a process of its own; like a service's it tells its parent where it listens, and ends with it. */
let stop = (): void => process.exit(1); // nothing has begun yet
process.once('disconnect', () => {
  stop();
});
try {
  const config = readIssuerConfig();
  const command = process.argv.slice(2);
  if (command.length > 0) await runCommand(optionsOf(config), command);
  else await serve(config);
} catch (error) {
  process.stderr.write(`${cannotStart('issuer')}${error instanceof Error ? error.message : 'unknown reason'}\n`);
  process.exit(1);
}

async function serve(config: IssuerConfig): Promise<void> {
  const running = await startIssuer({
    ...optionsOf(config),
    host: config.GINNEL_HOST,
    port: config.GINNEL_PORT,
    trustedProxies: config.GINNEL_TRUSTED_PROXIES,
    logLevel: config.GINNEL_LOG_LEVEL,
  });
  stop = (): void => {
    void running.stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  if (process.connected) process.send?.({ listening: running.url } satisfies Listening);
}

/** `node main.js client list`; a private key that is made goes to standard output, once. */
async function runCommand(options: IssuerOptions, command: readonly string[]): Promise<void> {
  const issuer = new Issuer(options);
  const { lines, made } = await runIssuerCommand(issuer, command).finally(() => issuer.close());
  for (const line of lines) process.stderr.write(`${line}\n`);
  if (made) process.stdout.write(`${JSON.stringify(made.privateKey, undefined, 2)}\n`);
  process.exit(0);
}

function optionsOf(config: IssuerConfig): IssuerOptions {
  return {
    origin: new URL(config.GINNEL_BASE_URL).origin,
    audience: config.GINNEL_BASE_URL,
    databaseUrl: config.DATABASE_URL,
    secret: config.GINNEL_ISSUER_SECRET,
    sandbox: config.GINNEL_SANDBOX === 'on',
  };
}
