import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FhirResource } from 'fhir/r4';
import { BearerTokens } from '#auth';
import { projectRoot } from '#programmes';
import { type RunningService, serviceUrl, type StartOptions, startService } from '#service';
import { testInfrastructure } from '#testing';
import { environmentOf } from '../apps/sandbox/src/services/services.config.js';
import { sandboxClients, type SandboxClient } from '../apps/sandbox/src/sandbox-clients.js';
import { modules } from '../apps/sandbox/src/sandbox.module.js';
import { seededDatabase } from './prepared.js';
import type { Answer, Sent } from './world.js';

const secret = 'the secret of several replicas, long enough';
const baseUrl = 'http://ginnel.test/fhir';

/** A server of its own process, which may be killed. */
export interface ReferralProcess {
  url: string;
  /** SIGKILL; settles when it is gone. */
  kill: () => Promise<void>;
}

/** Two servers, each with all services, on one database and one broker. */
export interface Replicas {
  urls: readonly [string, string];
  databaseUrl: string;
  send: <R = FhirResource>(url: string, as: SandboxClient, request: Sent) => Promise<Answer<R>>;
  /** A third one, of the referral service alone. */
  referralProcess: () => Promise<ReferralProcess>;
  stop: () => Promise<void>;
}

export async function startReplicas(limits: NonNullable<StartOptions['limits']>): Promise<Replicas> {
  const { natsUrl, natsMonitorUrl } = testInfrastructure();
  const database = await seededDatabase();
  const clients = sandboxClients(secret);
  const natsNamespace = `twice${randomUUID().slice(0, 8)}`;
  const started: RunningService[] = [];
  for (const name of ['one', 'two']) {
    const replica = await startService({
      ...{ name, modules, host: '127.0.0.1', port: 0, baseUrl, secret, limits, logLevel: 'silent' },
      databaseUrl: (service) => serviceUrl(database.url, service),
      ...{ natsUrl, natsMonitorUrl, natsNamespace },
      authenticator: new BearerTokens(clients),
    });
    started.push(replica);
  }
  const folder = mkdtempSync(join(tmpdir(), 'ginnel-replicas-'));
  const children: ChildProcess[] = [];
  const [one, two] = started.map(({ url }) => url);
  return {
    urls: [one ?? '', two ?? ''],
    databaseUrl: database.url,
    send: (url, as, request) => send(url, clients.find(({ client }) => client === as)?.token ?? '', request),
    referralProcess: async () => {
      const clientsFile = join(folder, 'clients.json');
      writeFileSync(clientsFile, JSON.stringify(clients), { mode: 0o600 });
      const child = forked({
        GINNEL_HOST: '127.0.0.1',
        GINNEL_PORT: '0',
        GINNEL_BASE_URL: baseUrl,
        DATABASE_URL: serviceUrl(database.url, 'referral'),
        NATS_URL: natsUrl,
        NATS_MONITOR_URL: natsMonitorUrl,
        GINNEL_NATS_NAMESPACE: natsNamespace,
        GINNEL_SECRET: secret,
        GINNEL_CLIENTS_FILE: clientsFile,
        GINNEL_LOG_LEVEL: 'silent',
      });
      children.push(child);
      return { url: await listening(child), kill: () => killed(child) };
    },
    stop: async () => {
      await Promise.all(children.map(killed));
      await Promise.all(started.map(({ stop }) => stop()));
      await database.drop();
      rmSync(folder, { recursive: true });
    },
  };
}

function forked(environment: Record<string, string>): ChildProcess {
  const main = join(projectRoot(), 'dist', 'apps', 'referral', 'src', 'main.js');
  if (!existsSync(main)) throw new Error('The services are not built: npm test builds them, so does npm run build.');
  return fork(main, [], { env: environmentOf(environment), stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

/** Where it says that it listens; fails where it ends before. */
async function listening(child: ChildProcess): Promise<string> {
  const over = new AbortController();
  const said = once(child, 'message', over).then(([message]) => (message as { listening: string }).listening);
  const ended = once(child, 'exit', over).then(([code]) => {
    throw new Error(`The referral service ended before it listened: ${String(code)}.`);
  });
  const url = await Promise.race([said, ended]);
  ended.catch(() => undefined);
  over.abort();
  return url;
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

async function send<R>(
  url: string,
  token: string,
  { method = 'GET', path, body, headers = {} }: Sent,
): Promise<Answer<R>> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    body: (text === '' ? undefined : JSON.parse(text)) as R,
  };
}
