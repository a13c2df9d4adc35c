import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bundle, CapabilityStatement, Patient, ServiceRequest, Task } from 'fhir/r4';
import { owners, type ServiceName, serviceNames } from '#fhir';
import { freshDatabase, type FreshDatabase, testInfrastructure } from '#testing';
import type { SandboxClient } from '../apps/sandbox/src/sandbox-clients.js';
import { KeptTokens } from '../apps/sandbox/src/issuer/kept-tokens.js';
import { tellStory } from '../apps/sandbox/src/story/tell-story.js';
import { ServicesProcess } from './services-process.js';
import { eventually } from './eventually.js';

const startMs = 120_000;

interface Answer<R> {
  status: number;
  body: R;
}

describe('each service as a process of its own', () => {
  const data = mkdtempSync(join(tmpdir(), 'ginnel-services-'));
  let database: FreshDatabase;
  let environment: Record<string, string>;
  let services: ServicesProcess;
  let url: string;
  let tokens: KeptTokens;

  beforeAll(async () => {
    const { natsUrl, natsMonitorUrl } = testInfrastructure();
    database = await freshDatabase();
    environment = {
      GINNEL_DATA: data,
      DATABASE_URL: database.url,
      NATS_URL: natsUrl,
      NATS_MONITOR_URL: natsMonitorUrl,
      GINNEL_NATS_NAMESPACE: `services-${randomUUID().slice(0, 8)}`,
    };
    await start();
  }, startMs);

  afterAll(async () => {
    services.kill('SIGKILL');
    await services.ended;
    await database.drop();
    rmSync(data, { recursive: true });
  });

  async function start(): Promise<void> {
    services = new ServicesProcess(['--port', '0'], environment);
    [url = ''] = await services.said(/^Ginnel is ready at (\S+)\/fhir /);
    tokens = new KeptTokens({ origin: url, dataFolder: data });
  }
  const placeOf = (service: ServiceName): Promise<string[]> =>
    services.said(new RegExp(`^  ${service} +(http\\S+)/health/ready  process (\\d+)$`));

  async function send<R>(as: SandboxClient, path: string, body?: object): Promise<Answer<R>> {
    const authorization = `Bearer ${await tokens.get(as)}`;
    const posted = { method: 'POST', body: JSON.stringify(body) };
    const answer = await fetch(`${url}${path}`, {
      headers: { authorization, 'content-type': 'application/fhir+json' },
      ...(body === undefined ? {} : posted),
    });
    return { status: answer.status, body: (await answer.json()) as R };
  }

  it('is one server to a caller: one base, one statement of all types, one readiness', async () => {
    const { status, body } = await send<CapabilityStatement>('practice', '/fhir/metadata');
    expect([status, body.implementation?.url]).toEqual([200, `${url}/fhir`]);
    const owned = serviceNames.flatMap((name) => [...owners[name]] as string[]);
    const named = (body.rest?.[0]?.resource ?? []).map(({ type }) => type as string);
    // Definitions come from the build: every service serves them, and they are said once.
    expect(named.filter((type) => owned.includes(type))).toEqual(owned);
    expect(new Set(named).size).toBe(named.length);
    expect(named).toContain('StructureDefinition');
    const xml = await fetch(`${url}/fhir/metadata?_format=xml`);
    expect([xml.status, (await xml.text()).match(/<resource>/g)?.length]).toEqual([200, named.length]);
    expect((await send('practice', '/health/ready')).body).toEqual({ status: 'ready', problems: [] });
  });

  it('has a page for each operation that it names', async () => {
    const { body } = await send<CapabilityStatement>('practice', '/fhir/metadata');
    const [rest] = body.rest ?? [];
    const operations = [
      ...(rest?.operation ?? []),
      ...(rest?.resource ?? []).flatMap(({ operation = [] }) => operation),
    ];
    const index = readFileSync(join(import.meta.dirname, '../docs/interactions/README.md'), 'utf8');
    const names = [...new Set(operations.map(({ name }) => name))];
    expect(names.length).toBeGreaterThanOrEqual(15);
    expect(names.filter((name) => !index.includes(`\`$${name}\``))).toEqual([]);
  });

  it('leaves the keys of its clients to their owner alone', () => {
    expect(statSync(join(data, 'client-keys', 'practice.json')).mode & 0o777).toBe(0o600);
  });

  it('carries a referral through the whole loop, from one process to the other', async () => {
    const told: string[] = [];
    const well = await tellStory({ baseUrl: `${url}/fhir`, tokens, json: false, write: (line) => told.push(line) });
    expect([well, well ? '' : told.at(-1)]).toEqual([true, '']);
  }, 60_000);

  it('goes on without a service that was killed, says so, and takes it back', async () => {
    const [place = '', pid = ''] = await placeOf('questionnaire');
    process.kill(Number(pid), 'SIGKILL');
    await services.said(/^questionnaire ended unasked \(SIGKILL\)/);
    const without = await Promise.all(
      ['/fhir/Questionnaire', '/fhir/metadata', '/health/ready', '/fhir/Task', '/fhir/HealthcareService'].map(
        async (path) => (await send('practice', path)).status,
      ),
    );
    expect(without).toEqual([503, 503, 503, 200, 200]);
    const [again = ''] = await services.said(/^questionnaire is back at (\S+)\.$/);
    expect(again).not.toBe(place);
    expect((await send('practice', '/fhir/Questionnaire')).status).toBe(200);
    expect((await send('practice', '/health/ready')).status).toBe(200);
    expect(await tasksOfNewReferral()).toHaveLength(2);
  }, 60_000);

  /** What the provider finds after the practice referred somebody by plain FHIR. */
  async function tasksOfNewReferral(): Promise<Task[]> {
    const patient = await send<Patient>('practice', '/fhir/Patient', { resourceType: 'Patient' });
    const request = await send<ServiceRequest>('practice', '/fhir/ServiceRequest', {
      resourceType: 'ServiceRequest',
      status: 'active',
      intent: 'order',
      subject: { reference: `Patient/${patient.body.id ?? ''}` },
      authoredOn: '2026-11-20T10:00:00Z',
      performer: [{ reference: 'HealthcareService/staying-steady' }],
    });
    const focus = `/fhir/Task?focus=ServiceRequest/${request.body.id ?? ''}`;
    const { body } = await eventually(
      () => send<Bundle<Task>>('provider-khl', focus),
      (answer) => (answer.body.entry ?? []).length > 0,
    );
    return (body.entry ?? []).flatMap(({ resource }) => resource ?? []);
  }

  it('ends with one sentence where its port is taken', async () => {
    const other = new ServicesProcess(['--port', new URL(url).port], environment);
    expect(await other.ended).toBe('1');
    expect(other.lines).toEqual([
      `Port ${new URL(url).port} is in use on 127.0.0.1: stop what listens there, or take another one with --port.`,
    ]);
  }, 60_000);

  it('ends whole when it is asked to', async () => {
    const places = await Promise.all(serviceNames.map(placeOf));
    services.kill('SIGTERM');
    expect(await services.ended).toBe('0');
    await expectSilence([[url], ...places]);
  }, 60_000);

  it(
    'leaves no service behind when its launcher is killed',
    async () => {
      await start();
      const places = await Promise.all(serviceNames.map(placeOf));
      services.kill('SIGKILL');
      expect(await services.ended).toBe('SIGKILL');
      await expectSilence([[url], ...places]);
    },
    startMs,
  );
});

async function expectSilence(places: readonly string[][]): Promise<void> {
  for (const [place = ''] of places) await expect(fetch(place)).rejects.toThrow('fetch failed');
}
