import { randomUUID } from 'node:crypto';
import type { Bundle, FhirResource, OperationOutcome } from 'fhir/r4';
import { BearerTokens } from '#auth';
import { type RunningService, Service, serviceUrl, startService } from '#service';
import { type FreshDatabase, testInfrastructure } from '#testing';
import { definitions, modules } from '../apps/sandbox/src/sandbox.module.js';
import { migratedDatabase } from './prepared.js';

const secret = 'the secret of a test of several processes';
const names = ['referral', 'activity-directory', 'questionnaire'] as const;
const clients = [
  { client: 'gp', role: 'practice' as const, organisation: 'moor-practice', token: 'token-of-a-practice' },
  { client: 'gym', role: 'provider' as const, organisation: 'green-gym', token: 'token-of-a-provider' },
];
let database: FreshDatabase;
const running = new Map<string, RunningService>();

/** Each service behind a port of its own, as in a deployment: they meet by the broker alone. */
beforeAll(async () => {
  const { natsUrl, natsMonitorUrl } = testInfrastructure();
  database = await migratedDatabase();
  const natsNamespace = `across${randomUUID().slice(0, 8)}`;
  for (const name of names) {
    const at = definitions.findIndex((definition) => definition.name === name);
    const module = modules[at];
    if (!module) throw new Error(`There is no module of ${name}.`);
    running.set(
      name,
      await startService({
        ...{ name, modules: [module], host: '127.0.0.1', port: 0, baseUrl: 'http://ginnel.test/fhir' },
        databaseUrl: (service) => serviceUrl(database.url, service),
        ...{ natsUrl, natsMonitorUrl, natsNamespace, secret, logLevel: 'silent' },
        authenticator: new BearerTokens(clients),
      }),
    );
  }
  await write(
    'activity-directory',
    ['public'],
    [
      { resourceType: 'Practitioner', id: 'dr-moor', name: [{ family: 'Moor' }] },
      { resourceType: 'Location', id: 'yard', position: { latitude: 53.8, longitude: -1.5 } },
      { resourceType: 'Location', id: 'room', partOf: { reference: 'Location/yard' } },
    ],
  );
  await write(
    'activity-directory',
    ['green-gym'],
    [{ resourceType: 'Practitioner', id: 'secret', name: [{ family: 'Moor' }] }],
  );
  await write(
    'referral',
    ['moor-practice'],
    [
      patient('p1', 'dr-moor'),
      patient('p2', 'secret'),
      patient('p3', 'nobody'),
      {
        resourceType: 'Encounter',
        id: 'e1',
        status: 'planned',
        class: { system: kindSystem, code: 'AMB' },
        location: [{ location: { reference: 'Location/room' } }],
      },
    ],
  );
  await write('questionnaire', ['public'], [kinds, kindsInUse]);
  await write('questionnaire', ['moor-practice'], [observation('o1', 'p1', 'final')]);
  await write('questionnaire', ['green-gym'], [observation('o2', 'p2', 'final')]);
}, 60_000);
afterAll(async () => {
  for (const service of running.values()) await service.stop();
  await database.drop();
});

const kindSystem = 'https://example.org/CodeSystem/kinds';
const kinds: FhirResource = {
  resourceType: 'CodeSystem',
  id: 'kinds',
  url: kindSystem,
  status: 'active',
  content: 'complete',
  concept: [{ code: 'walk', concept: [{ code: 'AMB' }] }],
};
const kindsInUse: FhirResource = {
  resourceType: 'ValueSet',
  id: 'kinds',
  url: 'https://example.org/ValueSet/kinds',
  status: 'active',
  compose: { include: [{ system: kindSystem }] },
};

async function write(name: string, audience: readonly string[], resources: readonly FhirResource[]): Promise<void> {
  const service = running.get(name)?.app.get(Service, { strict: false });
  await service?.store.commit(
    resources.map((resource) => ({ interaction: 'create', resource, audience })),
    { agent: 'test', interaction: 'create', correlationId: 'c' },
  );
}

function patient(id: string, practitioner: string): FhirResource {
  return { resourceType: 'Patient', id, generalPractitioner: [{ reference: `Practitioner/${practitioner}` }] };
}

function observation(id: string, of: string, status: 'final'): FhirResource {
  return { resourceType: 'Observation', id, status, code: { text: 'x' }, subject: { reference: `Patient/${of}` } };
}

async function ask(path: string): Promise<{ status: number; body: Bundle | OperationOutcome }> {
  const headers = { authorization: `Bearer ${clients[0]?.token ?? ''}` };
  const answer = await fetch(`${running.get('referral')?.url ?? ''}/fhir/${path}`, { headers });
  return { status: answer.status, body: (await answer.json()) as Bundle | OperationOutcome };
}

async function found(path: string): Promise<string> {
  const { body } = await ask(path);
  if (body.resourceType !== 'Bundle') throw new Error(JSON.stringify(body));
  return (body.entry ?? [])
    .map(({ resource }) => `${resource?.resourceType ?? ''}/${resource?.id ?? ''}`)
    .sort()
    .join(' ');
}

describe('a search whose parts lie with services of other processes', () => {
  it.each([
    ['Patient?general-practitioner:Practitioner.family=moor', 'Patient/p1'],
    ['Patient?_has:Observation:patient:status=final', 'Patient/p1'],
    ['Patient?_has:Observation:patient:status=registered', ''],
    ['Patient?_has:Observation:patient:status:not=registered&_id=p1,p3', 'Patient/p1'],
    ['Patient?_id=p1&_revinclude=Observation:patient', 'Observation/o1 Patient/p1'],
    ['Patient?_id=p2&_revinclude=Observation:patient', 'Patient/p2'],
    ['Patient?_id=p1,p2&_include=Patient:general-practitioner', 'Patient/p1 Patient/p2 Practitioner/dr-moor'],
    ['Encounter?location.partof=Location/yard', 'Encounter/e1'],
    ['Encounter?location.partof.near=53.8|-1.5|1|km', 'Encounter/e1'],
    ['Encounter?location:below=yard', 'Encounter/e1'],
    ['Encounter?location:above=yard', ''],
    ['Encounter?class:in=https://example.org/ValueSet/kinds', 'Encounter/e1'],
    ['Encounter?class:not-in=https://example.org/ValueSet/kinds', ''],
    [`Encounter?class:below=${kindSystem}|walk`, 'Encounter/e1'],
    [
      'Encounter?_include=Encounter:location&_include:iterate=Location:partof',
      'Encounter/e1 Location/room Location/yard',
    ],
  ])('%s', async (path, expected) => {
    expect(await found(path)).toBe(expected);
  });

  it('is refused where the service that stores value sets does not know one either', async () => {
    expect((await ask('Encounter?class:in=https://example.org/ValueSet/nobodys')).status).toBe(400);
  });

  it('is answered 503, and never short, while one of them is away', async () => {
    await running.get('questionnaire')?.stop();
    running.delete('questionnaire');
    const answers = await Promise.all([
      ask('Patient?_has:Observation:patient:status=final'),
      ask('Patient?_revinclude=Observation:patient'),
      ask('Encounter?class:in=https://example.org/ValueSet/kinds'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
    expect(await found('Patient?general-practitioner:Practitioner.family=moor')).toBe('Patient/p1');
  });
});
