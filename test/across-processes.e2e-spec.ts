import { randomUUID } from 'node:crypto';
import type { Bundle, BundleEntry, FhirResource, Meta, OperationOutcome, Parameters } from 'fhir/r4';
import { BearerTokens } from '#auth';
import { type RunningService, Service, serviceUrl, startService } from '#service';
import { type FreshDatabase, testInfrastructure } from '#testing';
import { definitions, modules } from '../apps/sandbox/src/sandbox.module.js';
import { migratedDatabase } from './prepared.js';

const secret = 'the secret of a test of several processes';
const clients = [
  { client: 'gp', role: 'practice' as const, organisation: 'moor-practice', token: 'token-of-a-practice' },
  { client: 'gym', role: 'provider' as const, organisation: 'green-gym', token: 'token-of-a-provider' },
];
const tag = { system: 'https://ginnel.example/tags', code: 'seen' };

/** Each service behind a port of its own, as in a deployment: they meet by the broker alone. */
describe('services in processes of their own', () => {
  let database: FreshDatabase;
  const running = new Map<string, RunningService>();

  beforeAll(async () => {
    const { natsUrl, natsMonitorUrl } = testInfrastructure();
    database = await migratedDatabase();
    const natsNamespace = `apart${randomUUID().slice(0, 8)}`;
    for (const [at, { name }] of definitions.entries()) {
      const service = await startService({
        ...{ name, modules: modules.slice(at, at + 1), host: '127.0.0.1', port: 0 },
        baseUrl: 'http://ginnel.test/fhir',
        databaseUrl: (owner) => serviceUrl(database.url, owner),
        ...{ natsUrl, natsMonitorUrl, natsNamespace, secret, logLevel: 'silent' },
        authenticator: new BearerTokens(clients),
      });
      running.set(name, service);
    }
    await write('activity-directory', ['public'], { resourceType: 'Practitioner', id: 'dr', meta: { tag: [tag] } });
    await write('referral', ['moor-practice'], {
      resourceType: 'Patient',
      id: 'p1',
      generalPractitioner: [{ reference: 'Practitioner/dr' }],
    });
    await write('questionnaire', ['moor-practice'], observation('mine'));
    await write('questionnaire', ['green-gym'], observation('theirs'));
  }, 60_000);
  afterAll(async () => {
    for (const service of running.values()) await service.stop();
    await database.drop();
  });

  async function write(name: string, audience: readonly string[], resource: FhirResource): Promise<void> {
    const service = running.get(name)?.app.get(Service, { strict: false });
    await service?.store.commit([{ interaction: 'create', resource, audience }], {
      agent: 'test',
      interaction: 'create',
      correlationId: 'c',
    });
  }

  async function send<R>(path: string, body?: FhirResource, token = clients[0]?.token): Promise<R> {
    const headers = { authorization: `Bearer ${token ?? ''}`, 'content-type': 'application/fhir+json' };
    const answer = await fetch(`${running.get('referral')?.url ?? ''}/fhir${path}`, {
      method: body ? 'POST' : 'GET',
      headers,
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return (await answer.json()) as R;
  }

  const named = ({ entry = [] }: Bundle<FhirResource>): string[] =>
    entry.map(({ resource }) => `${resource?.resourceType ?? ''}/${resource?.id ?? ''}`);

  it('answer the entries of one batch, each as its caller', async () => {
    const entry: BundleEntry<FhirResource>[] = [
      { request: { method: 'GET', url: 'Patient/p1' } },
      { request: { method: 'GET', url: 'Practitioner/dr' } },
      { request: { method: 'GET', url: 'Observation/theirs' } },
      { request: { method: 'GET', url: 'Observation?subject=Patient/p1' } },
      { request: { method: 'POST', url: 'Practitioner' }, resource: { resourceType: 'Practitioner' } },
    ];
    const batch: FhirResource = { resourceType: 'Bundle', type: 'batch', entry };
    const answer = await send<Bundle<FhirResource>>('', batch);
    expect((answer.entry ?? []).map(({ response }) => response?.status)).toEqual([
      '200 OK',
      '200 OK',
      '404 Not Found',
      '200 OK',
      '403 Forbidden',
    ]);
    const [, , unseen, found] = answer.entry ?? [];
    expect((unseen?.response?.outcome as OperationOutcome | undefined)?.issue[0]?.code).toBe('not-found');
    expect(named(found?.resource as Bundle<FhirResource>)).toEqual(['Observation/mine']);
  });

  it('tell one history, page by page', async () => {
    const whole = await send<Bundle<FhirResource>>('/_history');
    // Beside what was put here, the eight topics that the subscriptions service brings for everybody.
    const own = named(whole).filter((name) => !name.startsWith('Basic/'));
    expect([own, named(whole).length]).toEqual([['Observation/mine', 'Patient/p1', 'Practitioner/dr'], 11]);
    const found: string[] = [];
    let next: string | undefined = '/_history?_count=1';
    for (let page = 0; next !== undefined && page < 12; page++) {
      const bundle: Bundle<FhirResource> = await send(next);
      found.push(...named(bundle));
      next = bundle.link?.find(({ relation }) => relation === 'next')?.url.slice('http://ginnel.test/fhir'.length);
    }
    expect(found).toEqual(named(whole));
  });

  it('tell together everything about a patient, and what stands on all of it', async () => {
    const everything = await send<Bundle<FhirResource>>('/Patient/p1/$everything');
    expect(named(everything)).toEqual(['Patient/p1', 'Observation/mine', 'Practitioner/dr']);
    const meta = await send<Parameters>('/$meta');
    expect(meta.parameter?.[0]?.valueMeta).toEqual({ tag: [tag] } satisfies Meta);
  });

  it('make no history with a gap when one of them is away', async () => {
    await running.get('subscriptions')?.stop();
    running.delete('subscriptions');
    const outcome = await send<OperationOutcome>('/_history');
    expect(outcome.issue[0]?.diagnostics).toBe('The subscriptions service does not answer just now; try again.');
  });
});

function observation(id: string): FhirResource {
  return {
    resourceType: 'Observation',
    id,
    status: 'final',
    code: { text: 'x' },
    subject: { reference: 'Patient/p1' },
  };
}
