import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { FhirResource } from 'fhir/r4';
import { type Authenticator, BearerTokens, type TokenClient } from '#auth';
import { type RunningService, serviceUrl, type StartOptions, startService } from '#service';
import { testInfrastructure } from '#testing';
import { sandboxClients, type SandboxClient } from '../apps/sandbox/src/sandbox-clients.js';
import { definitions, modules } from '../apps/sandbox/src/sandbox.module.js';
import { seed } from '../apps/sandbox/src/seed.js';
import { seededDatabase } from './prepared.js';

const secret = 'the secret of a test world, long enough';

/** An answer as a caller sees it. */
export interface Answer<R = FhirResource> {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed body. */
  body: R;
}

/** All services in one process, seeded, on a database and a stream of their own. */
export interface World {
  url: string;
  databaseUrl: string;
  running: RunningService;
  /** Sends as one of the sandbox's clients; a string body goes as it is. */
  send: <R = FhirResource>(as: SandboxClient | undefined, request: Sent) => Promise<Answer<R>>;
  stop: () => Promise<void>;
}

export interface Sent {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  body?: object | string;
  headers?: Record<string, string>;
}

export interface WorldOptions {
  nhsNumberCheck?: 'warn' | 'error';
  /** Links lead to where the world listens, for clients that follow them. */
  followable?: boolean;
  /** Folders and .tgz files of FHIR packages. */
  packages?: readonly string[];
  /** JSON file of the register of people. */
  registerFile?: string;
  /** The usual ones unless told. */
  limits?: StartOptions['limits'];
  /** Clients besides those of the sandbox. */
  clients?: readonly TokenClient[];
  /** Instead of all bare tokens. */
  authenticator?: Authenticator;
  /** Addresses and hooks besides the services' own. */
  routes?: StartOptions['routes'];
  /** What the directory holds beside the programmes. */
  directory?: readonly FhirResource[];
  /** Of all its processes; the machine's clock unless told. */
  now?: () => Date;
}

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const { natsUrl, natsMonitorUrl } = testInfrastructure();
  const port = options.followable === true ? await freePort() : 0;
  const database = await seededDatabase();
  if (options.directory) await seed(database.url, definitions, options.directory);
  const clients = [...sandboxClients(secret), ...(options.clients ?? [])];
  const running = await startService({
    name: 'world',
    modules,
    host: '127.0.0.1',
    port,
    baseUrl: port === 0 ? 'http://ginnel.test/fhir' : `http://127.0.0.1:${String(port)}/fhir`,
    databaseUrl: (service) => serviceUrl(database.url, service),
    natsUrl,
    natsMonitorUrl,
    natsNamespace: `world${randomUUID().slice(0, 8)}`,
    authenticator: options.authenticator ?? new BearerTokens(clients),
    secret,
    logLevel: 'silent',
    webhookHosts: ['127.0.0.1:*'],
    nhsNumberCheck: options.nhsNumberCheck ?? 'warn',
    packages: options.packages ?? [],
    limits: options.limits ?? {},
    ...toldIn(options),
  });
  const tokens = sandboxTokens();
  return {
    url: running.url,
    databaseUrl: database.url,
    running,
    send: (as, request) => send(running.url, as === undefined ? undefined : tokens.get(as), request),
    stop: async () => {
      await running.stop();
      await database.drop();
    },
  };
}

/** Where nothing is told, it is as usual. */
function toldIn({ registerFile, now, routes }: WorldOptions): Partial<StartOptions> {
  return {
    ...(registerFile === undefined ? {} : { registerFile }),
    ...(now ? { now } : {}),
    ...(routes ? { routes } : {}),
  };
}

/** Tokens of a world's clients. */
export function sandboxTokens(): ReadonlyMap<string, string> {
  return new Map(sandboxClients(secret).map(({ client, token }) => [client, token]));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function send<R>(
  url: string,
  token: string | undefined,
  { method = 'GET', path, body, headers = {} }: Sent,
): Promise<Answer<R>> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, body: parsed(text) as R };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
