import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connect } from '@nats-io/transport-node';
import pg from 'pg';
import { type ServiceName, serviceNames } from '#fhir';
import { ensureInfrastructure, type Infrastructure } from '#launchers';
import { projectRoot } from '#programmes';
import type { SandboxClient } from '../apps/sandbox/src/sandbox-clients.js';
import { KeptTokens } from '../apps/sandbox/src/issuer/kept-tokens.js';
import { environmentOf } from '../apps/sandbox/src/services/services.config.js';
import { tellStory } from '../apps/sandbox/src/story/tell-story.js';
import { mark, person, referral } from './canaries/marked.js';
import { asking, sending, type Told } from './canaries/requests.js';
import { Witness } from './canaries/witness.js';
import { eventually } from './eventually.js';
import { ServicesProcess } from './services-process.js';
import { startReceiver, type WebhookReceiver } from './webhook-receiver.js';

const startMs = 180_000;
const witness = new Witness();
const folder = mkdtempSync(join(tmpdir(), 'ginnel-canaries-'));
chmodSync(folder, 0o711); // under the superuser PostgreSQL runs as another user, who must pass
let infrastructure: Infrastructure;
let environment: Record<string, string>;
let services: ServicesProcess;
let receiver: WebhookReceiver;
let url: string;
let tokens: KeptTokens;

beforeAll(async () => {
  const nothing = { DATABASE_URL: undefined, NATS_URL: undefined, NATS_MONITOR_URL: undefined };
  const log = (line: string): void => {
    witness.hear('launcher', line);
  };
  infrastructure = await ensureInfrastructure({ dataFolder: folder, environment: nothing, fast: true, log });
  environment = {
    GINNEL_DATA: folder,
    DATABASE_URL: infrastructure.databaseUrl,
    NATS_URL: infrastructure.natsUrl,
    NATS_MONITOR_URL: infrastructure.natsMonitorUrl ?? '',
    GINNEL_LOG_LEVEL: 'debug',
  };
  await witness.listenTo(infrastructure.natsUrl);
  // The second subscriber's server is broken: what is said of that is written too.
  receiver = await startReceiver((response, { path }) => response.writeHead(path === '/broken' ? 500 : 200).end());
  services = new ServicesProcess(['--port', '0'], environment);
  [url = ''] = await services.said(/^Ginnel is ready at (\S+)\/fhir /);
  tokens = new KeptTokens({ origin: url, dataFolder: folder });
}, startMs);

afterAll(async () => {
  services.kill('SIGKILL');
  await services.ended;
  await Promise.all([witness.stop(), receiver.stop()]);
  await infrastructure.stop();
  rmSync(folder, { recursive: true, force: true });
});

const placeOf = (service: ServiceName): Promise<string[]> =>
  services.said(new RegExp(`^  ${service} +(http\\S+)/health/ready  process (\\d+)$`));

interface Answer {
  status: number;
  id: string;
}

/** Every header of every answer is witnessed, and every error whole. */
async function tell(as: SandboxClient | undefined, told: Told): Promise<Answer> {
  const { request, body } = told;
  const [method = '', path = ''] = request.split(' ');
  const answer = await fetch(`${url}${path}`, {
    method,
    redirect: 'manual',
    headers: await headersOf(as, told),
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  witness.hear('answer', [...answer.headers].flat().join(' '), request);
  if (answer.status >= 400) witness.hear('error', text, request);
  const id = /"id":"([^"]+)"/.exec(text)?.[1] ?? '';
  return { status: answer.status, id };
}

async function headersOf(as: SandboxClient | undefined, { body, headers }: Told): Promise<Record<string, string>> {
  return {
    ...(as === undefined ? {} : { authorization: `Bearer ${await tokens.get(as)}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
    ...headers,
  };
}

async function asAdmin(statement: string): Promise<Record<string, unknown>[]> {
  const admin = new pg.Client({ connectionString: infrastructure.databaseUrl });
  await admin.connect();
  const { rows } = await admin.query<Record<string, unknown>>(statement).finally(() => admin.end());
  return rows;
}

async function operate(...words: string[]): Promise<string> {
  const main = join(projectRoot(), 'dist/apps/sandbox/src/operate-main.js');
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [main, ...words], {
    env: environmentOf(environment),
  });
  witness.hear('operator', `${stdout} ${stderr}`);
  return stdout;
}

/** What lies aside, whatever of. */
const parked = async (schema: string): Promise<number> =>
  (await asAdmin(`SELECT id FROM ${schema}.dead_letter`)).length;

describe('a person leaves no trace', () => {
  let patient: string;
  let request: string;

  it('in what goes well: a referral through the whole loop, and a marked one', async () => {
    const said: string[] = [];
    const write = (line: string): void => void said.push(line);
    const well = await tellStory({ baseUrl: `${url}/fhir`, tokens, json: true, write });
    expect([well, said.at(-1)?.includes('failed')]).toEqual([true, false]);

    const subscribed = ['/told', '/broken'].map((path) =>
      tell('practice', { request: 'POST /fhir/Subscription', body: subscription(receiver.url(path)) }),
    );
    expect((await Promise.all(subscribed)).map(({ status }) => status)).toEqual([201, 201]);
    const kept = await tell('practice', { request: 'POST /fhir/Patient', body: person() });
    patient = kept.id;
    const referred = await tell('practice', {
      request: 'POST /fhir/ServiceRequest',
      body: referral(patient, 'staying-steady'),
    });
    request = referred.id;
    expect([kept.status, referred.status]).toEqual([201, 201]);
    // One told, and one that failed and was tried again after five seconds: the next try is minutes away.
    await receiver.have(3);
  }, 120_000);

  it('in searches and addresses that name it, well-formed or not', async () => {
    const statuses = new Set<number>();
    for (const told of asking)
      for (const as of ['practice', 'provider-project6', 'integrator', undefined] as const)
        statuses.add((await tell(as, told)).status);
    expect([...statuses].filter((status) => status >= 500)).toEqual([]);
    expect(statuses).toContain(200);
  }, 120_000);

  it('in what is refused', async () => {
    const statuses = new Set<number>();
    for (const told of sending(patient))
      for (const as of ['practice', 'provider-project6'] as const) statuses.add((await tell(as, told)).status);
    expect([...statuses].filter((status) => status >= 500)).toEqual([]);
    for (const path of [`Patient/${patient}`, `ServiceRequest/${request}`, `ServiceRequest/${request}/$everything`])
      expect((await tell('provider-project6', { request: `GET /fhir/${path}` })).status).toBeGreaterThanOrEqual(400);
  }, 120_000);

  it('in statements that PostgreSQL refuses, whose errors show the whole row', async () => {
    await asAdmin(`ALTER TABLE referral.patient ADD CONSTRAINT planted CHECK (content NOT LIKE '%${mark.third}%')`);
    const failed = await tell('practice', { request: 'POST /fhir/Patient', body: person(mark.third) });
    expect(failed.status).toBe(500);
    await asAdmin('ALTER TABLE referral.patient DROP CONSTRAINT planted');
  });

  it('in events that cannot be applied, and in what operators are shown', async () => {
    await asAdmin(`ALTER TABLE questionnaire.service_request ADD CONSTRAINT planted CHECK (version < 1) NOT VALID`);
    await tell('practice', { request: 'POST /fhir/ServiceRequest', body: referral(patient, 'games-cafe') });
    const connection = await connect({ servers: infrastructure.natsUrl });
    for (const content of [JSON.stringify(person()), `${mark.words} {`])
      connection.publish('ginnel.referral.ServiceRequest.service-request-created.marked', content);
    await connection.flush();
    await connection.close();
    await eventually(
      () => parked('questionnaire'),
      (count) => count > 0,
    );
    await eventually(
      () =>
        Promise.resolve(services.lines.filter((line) => line.includes('"questionnaire"') && line.includes('23514'))),
      (lines) => lines.length > 0,
    );
    await asAdmin('ALTER TABLE questionnaire.service_request DROP CONSTRAINT planted');
    const [letter] = JSON.parse(await operate('questionnaire', 'dead-letters', 'list')) as { id: string }[];
    await operate('questionnaire', 'dead-letters', 'inspect', letter?.id ?? '');
    await operate('referral', 'transactions');
    await operate('referral', 'reindex', 'progress');
    await operate('referral', 'search-parameter', 'list');
  }, 120_000);

  it('anywhere in what was written and sent', async () => {
    for (const service of serviceNames) {
      const [place = ''] = await placeOf(service);
      witness.hear('metrics', await (await fetch(`${place}/metrics`)).text());
    }
    for (const { query } of await asAdmin('SELECT query FROM pg_stat_activity'))
      witness.hear('statement', String(query));
    const logged = await asAdmin(
      "SELECT name, setting FROM pg_settings WHERE name IN ('log_min_messages', 'log_min_error_statement', 'log_statement')",
    );
    expect(new Set(logged.map(({ setting }) => setting))).toEqual(new Set(['panic', 'log', 'none']));
    for (const { path, headers } of receiver.received) witness.hear('webhook', `${path} ${JSON.stringify(headers)}`);
    services.kill('SIGTERM');
    await services.ended;
    for (const line of services.lines) witness.hear('log', line);
    witness.hearFiles(folder, ['postgres', 'nats']);
    const heard = witness.counts();
    const places = ['answer', 'broker', 'error', 'file', 'log', 'metrics', 'operator', 'statement', 'webhook'];
    expect(places.filter((where) => (heard[where] ?? 0) === 0)).toEqual([]);
    expect(witness.traces()).toEqual([]);
  }, 60_000);
});

function subscription(endpoint: string): object {
  return {
    resourceType: 'Subscription',
    status: 'requested',
    reason: 'To be told.',
    criteria: 'ServiceRequest?status=active',
    channel: { type: 'rest-hook', endpoint, payload: 'application/fhir+json' },
  };
}
