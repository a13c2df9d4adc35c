import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { Writable } from 'node:stream';
import type { OperationOutcome } from 'fhir/r4';
import { fastify } from 'fastify';
import { BearerTokens, type TokenClient } from '#auth';
import type { ServiceName } from '#fhir';
import { appendOnlyTables, FhirStore, shapeOf, storeMigrations } from '#fhir-store';
import { messagingMigrations } from '#messaging';
import { createLogger, Metrics } from '#observability';
import { Database, migrate } from '#postgres';
import { preparedDatabase } from '#testing';
import { fastifyOptions, FhirServer, type FhirServerOptions, type ServiceFace } from '../src/index.js';
import { AnswerMessage, CountTasks, EchoTask, NeverEnds } from './operations.js';
import { DirectoryWrites, PatientWrites, ServiceRequestWrites, TaskWrites } from './writes.js';

export const baseUrl = 'https://ginnel.example/fhir';

export const clients: readonly TokenClient[] = [
  { client: 'gp-practice', role: 'practice', organisation: 'moor-practice', token: 'practice' },
  { client: 'provider', role: 'provider', organisation: 'healthy-living', token: 'provider' },
  { client: 'other-provider', role: 'provider', organisation: 'green-gym', token: 'other' },
  { client: 'analyst', role: 'analyst', organisation: 'ics', token: 'analyst' },
];

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The body, where it is JSON. */
  body: unknown;
}

export interface Sent {
  token?: string | undefined;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface RunningServer {
  address: string;
  /** Method and address below the server, such as `GET /fhir/Task`. */
  call: (request: string, sent?: Sent) => Promise<Answer>;
  /** Bytes as they are, for what no client would send. */
  raw: (bytes: string) => Promise<string>;
  log: () => string;
  /** The superuser's address of the database. */
  databaseUrl: string;
  /** A service of this server, as the coordinator of a transaction speaks with it. */
  participant: FhirServer['participant'];
  /** For what no client of the test may write. */
  stores: { referral: FhirStore; directory: FhirStore };
  stop: () => Promise<void>;
}

/** A FhirServer of two services on PostgreSQL, listening on a port of its own. */
export async function startServer(options: Partial<FhirServerOptions> = {}): Promise<RunningServer> {
  const database = await preparedDatabase('a server of two services', async (url) => {
    for (const store of await storesOn(url)) await store.close();
  });
  const [referral, directory] = await storesOn(database.url);
  const written: string[] = [];
  const server = new FhirServer({
    baseUrl,
    authenticator: new BearerTokens(clients),
    now: () => new Date(),
    newId: randomUUID,
    logger: createLogger({ level: 'info', service: 'test', destination: collecting(written) }),
    metrics: new Metrics({ service: 'test' }),
    version: '0.1.0',
    ...options,
  });
  for (const face of facesOf(referral.store, directory.store)) server.add(face);
  const listening = fastify(
    fastifyOptions({ newId: randomUUID, ...(options.limits ? { limits: options.limits } : {}) }),
  );
  server.mount(listening);
  const address = await listening.listen({ host: '127.0.0.1', port: 0 });
  return {
    address,
    call: (request, sent) => call(address, request, sent),
    raw: (bytes) => raw(Number(new URL(address).port), bytes),
    log: () => written.join(''),
    databaseUrl: database.url,
    participant: (service) => server.participant(service),
    stores: { referral: referral.store, directory: directory.store },
    stop: async () => {
      await listening.close();
      await Promise.all([referral.close(), directory.close()]);
      await database.drop();
    },
  };
}

/** The issues of an OperationOutcome; anything else is no answer to an error. */
export function issuesOf(answer: Answer): OperationOutcome['issue'] {
  const outcome = answer.body as OperationOutcome | undefined;
  if (outcome?.resourceType !== 'OperationOutcome')
    throw new Error(`No OperationOutcome: ${answer.text.slice(0, 200)}`);
  return outcome.issue;
}

function facesOf(referral: FhirStore, directory: FhirStore): ServiceFace[] {
  return [
    {
      name: 'referral',
      store: referral,
      writes: [new PatientWrites(), new ServiceRequestWrites(), new TaskWrites()],
      operations: [new AnswerMessage(), new CountTasks(), new EchoTask(), new NeverEnds()],
    },
    { name: 'activity-directory', store: directory, writes: [new DirectoryWrites()], operations: [] },
  ];
}

async function storesOn(adminUrl: string): Promise<[OpenedStore, OpenedStore]> {
  return [
    await storeFor(adminUrl, 'referral', ['Patient', 'ServiceRequest', 'Task']),
    await storeFor(adminUrl, 'activity-directory', ['HealthcareService', 'Organization', 'Location']),
  ];
}

type OpenedStore = Awaited<ReturnType<typeof storeFor>>;

/** A store of these types on its own tables, under a login of tests. */
export async function storeFor(adminUrl: string, service: ServiceName, types: string[]) {
  const schema = service.replace('-', '_');
  const login = { name: `test_${schema}`, password: 'test' };
  await migrate({
    adminUrl,
    schema,
    login,
    migrations: [...storeMigrations, ...messagingMigrations],
    shape: shapeOf(types),
    appendOnly: appendOnlyTables,
  });
  const url = new URL(adminUrl);
  url.username = login.name;
  url.password = login.password;
  const database = new Database({ url: url.href, schema, applicationName: `test-${service}`, maxConnections: 4 });
  const store = new FhirStore(database, { types, cursorSecret: 'test', now: () => new Date() });
  return { store, close: () => database.close() };
}

async function call(address: string, request: string, sent: Sent = {}): Promise<Answer> {
  const [method = '', path] = request.split(' ');
  const { token = 'practice', body, headers } = sent;
  const defaults = {
    ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
    ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
  };
  const response = await fetch(`${address}${path ?? ''}`, {
    method,
    headers: { ...defaults, ...headers },
    ...contentOf(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: jsonIn(response, text) };
}

function contentOf(body: unknown): { body?: string } {
  if (body === undefined) return {};
  return { body: typeof body === 'string' ? body : JSON.stringify(body) };
}

function jsonIn(response: Response, text: string): unknown {
  const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
  return isJson ? JSON.parse(text) : undefined;
}

function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const received: Buffer[] = [];
    // Who says that no more comes is given up by Node before a refusal is in the audit.
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
    socket.on('data', (chunk) => received.push(chunk));
    socket.on('close', () => {
      resolve(Buffer.concat(received).toString());
    });
    socket.on('error', reject);
  });
}

function collecting(lines: string[]): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
}
