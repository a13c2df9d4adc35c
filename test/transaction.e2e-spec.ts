import { randomUUID } from 'node:crypto';
import type {
  Bundle,
  BundleEntry,
  FhirResource,
  HealthcareService,
  Observation,
  OperationOutcome,
  Patient,
  ServiceRequest,
  Subscription,
  Task,
} from 'fhir/r4';
import { operate, Service } from '#service';
import { ReferralActors } from './referral-actors.js';
import { eventually } from './eventually.js';
import { type Answer, startWorld, type World } from './world.js';

let world: World;
const actors = new ReferralActors(() => world);

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

type As = Parameters<World['send']>[0];

const post = (fullUrl: string, resource: FhirResource): BundleEntry => ({
  fullUrl: `urn:uuid:${fullUrl}`,
  resource,
  request: { method: 'POST', url: resource.resourceType },
});

const send = (as: As, ...entry: BundleEntry[]): Promise<Answer<Bundle<FhirResource> | OperationOutcome>> =>
  world.send(as, { method: 'POST', path: '/fhir', body: { resourceType: 'Bundle', type: 'transaction', entry } });

function entriesIn({
  status,
  body,
  text,
}: Answer<Bundle<FhirResource> | OperationOutcome>): BundleEntry<FhirResource>[] {
  if (status !== 200 || body.resourceType !== 'Bundle') throw new Error(`${String(status)} ${text}`);
  return body.entry ?? [];
}

function issuesIn({ body, text }: Answer<Bundle<FhirResource> | OperationOutcome>): OperationOutcome['issue'] {
  if (body.resourceType !== 'OperationOutcome') throw new Error(text);
  return body.issue;
}

const ids = {
  organisation: 'd3f1d0f0-0000-4000-8000-000000000001',
  service: 'd3f1d0f0-0000-4000-8000-000000000002',
  patient: 'd3f1d0f0-0000-4000-8000-000000000003',
  request: 'd3f1d0f0-0000-4000-8000-000000000004',
  observation: 'd3f1d0f0-0000-4000-8000-000000000005',
};
const to = (id: string): { reference: string } => ({ reference: `urn:uuid:${id}` });

const service: HealthcareService = {
  resourceType: 'HealthcareService',
  providedBy: { reference: 'Organization/keighley-healthy-living' },
  name: 'Walks',
};
const patient: Patient = { resourceType: 'Patient' };
const request: ServiceRequest = {
  resourceType: 'ServiceRequest',
  status: 'active',
  intent: 'order',
  subject: to(ids.patient),
  authoredOn: '2026-11-20T10:00:00Z',
  performer: [to(ids.service)],
};
const observation: Observation = {
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'steps' },
  subject: to(ids.patient),
  basedOn: [to(ids.request)],
  valueQuantity: { value: 1, unit: 'steps' },
};
const needMet = { coding: [{ system: 'https://ginnel.org.uk/fhir/CodeSystem/task-output', code: 'need-met' }] };
const whole = [
  post(ids.observation, observation),
  post(ids.request, request),
  post(ids.patient, patient),
  post(ids.service, service),
];

const subscription: Subscription = {
  resourceType: 'Subscription',
  status: 'requested',
  reason: 'A test.',
  criteria: 'Task?status=requested',
  channel: { type: 'rest-hook', endpoint: 'http://127.0.0.1:9/', payload: 'application/fhir+json' },
};

const types = ['Patient', 'ServiceRequest', 'Task', 'HealthcareService', 'Observation', 'Subscription'];

async function counts(): Promise<number[]> {
  const answers = await Promise.all(
    types.map((type) => world.send<Bundle>('integrator', { path: `/fhir/${type}?_summary=count` })),
  );
  return answers.map(({ body }) => body.total ?? -1);
}

describe('a transaction across services', () => {
  it('writes all, each by its owner, with references from one to the other', async () => {
    const entries = entriesIn(await send('integrator', ...whole, post(randomUUID(), subscription)));
    expect(entries.map(({ response }) => response?.status)).toEqual(Array(5).fill('201 Created'));
    const [made, referral, person, activity] = entries.map(({ resource }) => resource) as [
      Observation,
      ServiceRequest,
      Patient,
      HealthcareService,
    ];
    expect(made.basedOn).toEqual([{ reference: `ServiceRequest/${referral.id ?? ''}` }]);
    expect(made.subject).toEqual({ reference: `Patient/${person.id ?? ''}` });
    expect(referral.performer?.[0]?.reference).toBe(`HealthcareService/${activity.id ?? ''}`);
    for (const resource of entries.flatMap((entry) => entry.resource ?? [])) {
      const { body } = await world.send('integrator', { path: `/fhir/${resource.resourceType}/${resource.id ?? ''}` });
      expect(body).toEqual(resource);
    }
    await eventually(
      () => world.send<Bundle<Task>>('provider-khl', { path: `/fhir/Task?focus=ServiceRequest/${referral.id ?? ''}` }),
      ({ body }) => (body.entry ?? []).length === 2,
    );
  });

  it('keeps the digits of decimals on their way to another service', async () => {
    const body = JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry: whole });
    const answer = await world.send('integrator', {
      method: 'POST',
      path: '/fhir',
      body: body.replace('"value":1,', '"value":1.50,'),
    });
    expect(answer.text).toContain('"value":1.50,');
  });

  it('writes nothing where one owner refuses its part, and says which', async () => {
    const before = await counts();
    const derived = { ...observation, derivedFrom: [{ reference: 'QuestionnaireResponse/1' }] };
    const answer = await send('integrator', ...whole.slice(1), post(ids.observation, derived));
    expect([answer.status, issuesIn(answer)[0]?.expression]).toEqual([422, ['Bundle.entry[3].resource.derivedFrom']]);
    expect(await counts()).toEqual(before);
  });

  it('writes nothing where the caller may not write one of the types', async () => {
    const before = await counts();
    const answer = await send('practice', ...whole);
    expect([answer.status, issuesIn(answer)[0]?.expression]).toEqual([403, ['Bundle.entry[3]']]);
    expect(await counts()).toEqual(before);
  });

  it('leads a conditional reference to what another service holds and the caller may see', async () => {
    const value = randomUUID();
    const identifier = [{ system: 'https://ginnel.example/id', value }];
    const referral = entriesIn(await send('integrator', ...whole.slice(1)))[0]?.resource as ServiceRequest;
    const named = await world.send<ServiceRequest>('integrator', {
      method: 'PUT',
      path: `/fhir/ServiceRequest/${referral.id ?? ''}`,
      body: { ...referral, identifier },
    });
    expect(named.status).toBe(200);
    const about = (criteria: string): BundleEntry =>
      post(randomUUID(), {
        ...observation,
        subject: referral.subject,
        basedOn: [{ reference: `ServiceRequest?identifier=${criteria}` }],
      });
    const [made] = entriesIn(await send('integrator', about(`https://ginnel.example/id|${value}`)));
    expect((made?.resource as Observation).basedOn?.[0]?.reference).toBe(`ServiceRequest/${referral.id ?? ''}`);
    const none = await send('integrator', about('nobody'));
    expect([none.status, issuesIn(none)[0]?.expression]).toEqual([
      412,
      ['Bundle.entry[0].resource.basedOn[0].reference'],
    ]);
    const unseen = await send('provider-project6', about(`https://ginnel.example/id|${value}`));
    expect(unseen.status).toBe(412);
  });

  it('of many at once over the same resources in any order writes one after the other, and holds none for good', async () => {
    const [referral, , activity] = entriesIn(await send('integrator', ...whole.slice(1))).map(
      ({ resource }) => resource,
    ) as [ServiceRequest, Patient, HealthcareService];
    const put = (resource: FhirResource, version: number): BundleEntry => ({
      resource,
      request: {
        method: 'PUT',
        url: `${resource.resourceType}/${resource.id ?? ''}`,
        ifMatch: `W/"${String(version)}"`,
      },
    });
    for (let version = 1; version <= 3; version++) {
      const answers = await Promise.all(
        Array.from({ length: 6 }, (_, at) => {
          const note = [{ text: `${String(version)} ${String(at)}` }];
          const changes = [
            put({ ...referral, note }, version),
            put({ ...activity, comment: `${String(version)} ${String(at)}` }, version),
          ];
          return send('integrator', ...(at % 2 === 0 ? changes : changes.reverse()));
        }),
      );
      const told = answers.map(({ status }) => status).sort((a, b) => a - b);
      expect(told[0]).toBe(200);
      expect(told.slice(1).every((status) => [409, 412].includes(status))).toBe(true);
    }
    const open = await Promise.all(
      world.running.app
        .get(Service, { strict: false, each: true })
        .map((service: Service) => operate(service, ['transactions'])),
    );
    expect(open).toEqual(open.map(() => ({ reserved: [], committed: [] })));
  }, 60_000);

  it('moves two parts of one referral at once', async () => {
    const { referral, parts } = await twoStarted();
    const turns = parts.map(async (part) => {
      const task = await actors.read<Task>('provider-khl', `Task/${part}`);
      const output = [{ type: needMet, valueCode: 'fully' }];
      return turnOf({ ...task, status: 'completed', output });
    });
    const entries = entriesIn(await send('provider-khl', ...(await Promise.all(turns))));
    expect(entries.map(({ resource }) => (resource as Task).status)).toEqual(['completed', 'completed']);
    const parent = await actors.read<Task>('practice', `Task/${referral.parent}`);
    const request = await actors.read<ServiceRequest>('practice', `ServiceRequest/${referral.request}`);
    expect([parent.status, request.status]).toEqual(['completed', 'completed']);
  });

  it('moves two parts of one referral by updates of a system that knows FHIR alone', async () => {
    const { referral, parts } = await twoStarted();
    const code = { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'fulfill' }] };
    const turns = parts.map((id) => turnOf({ resourceType: 'Task', id, status: 'completed', intent: 'order', code }));
    const answer = await send('provider-khl', ...turns);
    expect([answer.status, entriesIn(answer).map(({ resource }) => (resource as Task).status)]).toEqual([
      200,
      ['completed', 'completed'],
    ]);
    const parent = await actors.read<Task>('practice', `Task/${referral.parent}`);
    expect(parent.status).toBe('completed');
  });

  it('of two answers whether to cancel parts of one referral is refused, and each is taken alone', async () => {
    const { referral, parts } = await twoStarted();
    const abort = await actors.post<Task>('practice', {
      resourceType: 'Task',
      status: 'requested',
      intent: 'order',
      code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'abort' }] },
      focus: { reference: `Task/${referral.parent}` },
    });
    expect(abort.status).toBe(201);
    const asked = await Promise.all(
      parts.map((part) => actors.search<Task>('provider-khl', `Task?focus=Task/${part}&status=requested`)),
    );
    const answers = asked.flat().map((one): Task => ({ ...one, status: 'completed' }));
    // What an answer leaves out stands here all the same.
    const [first, second] = answers.map(turnOf);
    const bare = answers.map((one) => turnOf({ ...one, focus: undefined }));
    const refused = [
      first && second && (await send('provider-khl', first, second)),
      await send('provider-khl', ...bare),
    ];
    expect(refused.map((answer) => answer?.status)).toEqual([422, 422]);
    for (const answer of answers) expect((await actors.put('provider-khl', answer)).status).toBe(200);
    const parent = await actors.read<Task>('practice', `Task/${referral.parent}`);
    expect([parent.status, (await actors.read<Task>('practice', `Task/${abort.body.id ?? ''}`)).status]).toEqual([
      'cancelled',
      'completed',
    ]);
  });

  async function twoStarted() {
    const referral = await actors.refer('walks');
    const more = await actors.ask(referral, 'cookery');
    const parts = [referral.part, more.body.id ?? ''];
    for (const part of parts) await actors.start('provider-khl', part);
    return { referral, parts };
  }
});

function turnOf(resource: Task): BundleEntry {
  return { resource, request: { method: 'PUT', url: `Task/${resource.id ?? ''}` } };
}
