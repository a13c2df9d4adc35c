import type { Bundle, BundleEntry, Patient, ServiceRequest, Task } from 'fhir/r4';
import { baseUrl, issuesOf, type RunningServer, startServer } from '../../test/running-server.js';

let server: RunningServer;

beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  await server.stop();
});

const patientUrl = 'urn:uuid:3d8e1cd4-51ba-4ac5-ac3d-6405acbd9ae3';
const requestUrl = 'urn:uuid:8f0ef0d5-0f0f-4b47-a6a3-5b6a0a5b8a11';

const patient = {
  fullUrl: patientUrl,
  resource: { resourceType: 'Patient' },
  request: { method: 'POST', url: 'Patient' },
};
const wish = {
  fullUrl: requestUrl,
  resource: { resourceType: 'ServiceRequest', status: 'active', intent: 'order', subject: { reference: patientUrl } },
  request: { method: 'POST', url: 'ServiceRequest' },
};
const work = {
  resource: { resourceType: 'Task', status: 'requested', intent: 'order', focus: { reference: requestUrl } },
  request: { method: 'POST', url: 'Task' },
};

function bundleOf(...entry: object[]): object {
  return { resourceType: 'Bundle', type: 'transaction', entry };
}

async function countOf(type: string): Promise<number | undefined> {
  return ((await server.call(`GET /fhir/${type}?_summary=count`)).body as Bundle).total;
}

describe('a transaction', () => {
  it('creates a referral whole, references resolved to the ids that were given', async () => {
    const answer = await server.call('POST /fhir', { body: bundleOf(work, wish, patient) });
    expect(answer.status).toBe(200);
    const bundle = answer.body as Bundle;
    const [task, request, person] = (bundle.entry ?? []).map(({ resource }) => resource) as [
      Task,
      ServiceRequest,
      Patient,
    ];
    expect(task.focus?.reference).toBe(`ServiceRequest/${request.id ?? ''}`);
    expect(request.subject.reference).toBe(`Patient/${person.id ?? ''}`);
    expect(bundle).toMatchObject({ resourceType: 'Bundle', type: 'transaction-response' });
    expect(bundle.entry?.[0]).toMatchObject({
      fullUrl: `${baseUrl}/Task/${task.id ?? ''}`,
      response: {
        status: '201 Created',
        location: `${baseUrl}/Task/${task.id ?? ''}/_history/1`,
        etag: 'W/"1"',
        lastModified: task.meta?.lastUpdated,
      },
    });
    const read = await server.call(`GET /fhir/Task/${task.id ?? ''}`);
    expect(read.body).toEqual(task);
  });

  it('updates beside creating, under the version that is named', async () => {
    const sent = { ...work.resource, focus: undefined };
    const made = (await server.call('POST /fhir/Task', { body: sent })).body as Task;
    const change: BundleEntry<Task> = {
      resource: { ...made, status: 'received' },
      request: { method: 'PUT', url: `Task/${made.id ?? ''}`, ifMatch: 'W/"1"' },
    };
    const first = await server.call('POST /fhir', { body: bundleOf(patient, change) });
    expect((first.body as Bundle).entry?.map(({ response }) => [response?.status, response?.etag])).toEqual([
      ['201 Created', 'W/"1"'],
      ['200 OK', 'W/"2"'],
    ]);
    const people = await countOf('Patient');
    const again = await server.call('POST /fhir', { body: bundleOf(patient, change) });
    expect([again.status, issuesOf(again)[0]?.expression]).toEqual([412, ['Bundle.entry[1]']]);
    expect(await countOf('Patient')).toBe(people);
  });

  it('keeps the digits of decimals', async () => {
    const extension = [{ url: 'https://ginnel.example/weight', valueDecimal: 0 }];
    const weighed = { ...wish, resource: { ...wish.resource, extension } };
    const body = JSON.stringify(bundleOf(patient, weighed)).replace('"valueDecimal":0', '"valueDecimal":1.500');
    const answer = await server.call('POST /fhir', { body });
    expect(answer.text).toContain('"valueDecimal":1.500');
  });

  it('stores nothing when a rule refuses one entry, and says which', async () => {
    const people = await countOf('Patient');
    const draft = { ...wish, resource: { ...wish.resource, status: 'draft' } };
    const answer = await server.call('POST /fhir', { body: bundleOf(patient, draft) });
    expect(answer.status).toBe(422);
    expect(issuesOf(answer)).toEqual([
      {
        severity: 'error',
        code: 'business-rule',
        diagnostics: 'No drafts.',
        expression: ['Bundle.entry[1].resource.status'],
      },
    ]);
    expect(await countOf('Patient')).toBe(people);
  });

  it('answers without resources where the client prefers that', async () => {
    const answer = await server.call('POST /fhir', { body: bundleOf(patient), headers: { prefer: 'return=minimal' } });
    expect((answer.body as Bundle).entry?.map((entry) => Object.keys(entry))).toEqual([['fullUrl', 'response']]);
  });

  it('may be empty', async () => {
    const answer = await server.call('POST /fhir', { body: { resourceType: 'Bundle', type: 'transaction' } });
    expect([answer.status, answer.body]).toEqual([200, { resourceType: 'Bundle', type: 'transaction-response' }]);
  });

  const group = {
    resource: { resourceType: 'HealthcareService' },
    request: { method: 'POST', url: 'HealthcareService' },
  };
  const update = { resource: { resourceType: 'Patient', id: '1' }, request: { method: 'PUT', url: 'Patient/1' } };
  const withRequest = (request: object): object => ({ ...patient, request: { ...patient.request, ...request } });
  it.each<[string, object[], number, string]>([
    ['a condition', [withRequest({ ifNoneExist: 'identifier=1' })], 422, 'Bundle.entry[0].request.ifNoneExist'],
    ['a read', [{ request: { method: 'GET', url: 'Patient/1' } }], 422, 'Bundle.entry[0].request.method'],
    [
      'a deletion',
      [patient, { request: { method: 'DELETE', url: 'Patient/1' } }],
      422,
      'Bundle.entry[1].request.method',
    ],
    ['an unknown type', [withRequest({ url: 'Account' })], 422, 'Bundle.entry[0].request.url'],
    ['a query in the url', [withRequest({ url: 'Patient?x=1' })], 422, 'Bundle.entry[0].request.url'],
    ['an update without an id', [withRequest({ method: 'PUT' })], 422, 'Bundle.entry[0].request.url'],
    ['another type than its url', [withRequest({ url: 'Task' })], 422, 'Bundle.entry[0].resource.resourceType'],
    ['one fullUrl twice', [patient, patient], 400, 'Bundle.entry[1].fullUrl'],
    ['one resource twice', [update, update], 422, 'Bundle.entry[1]'],
    ['a dangling reference', [wish], 400, 'Bundle.entry[0].resource.subject.reference'],
    ['types of two services', [patient, group], 422, 'Bundle.entry[1].request.url'],
  ])('refuses %s', async (_title, entries, status, place) => {
    const token = place.includes('[1].request.url') ? 'provider' : 'practice';
    const answer = await server.call('POST /fhir', { body: bundleOf(...entries), token });
    expect([answer.status, issuesOf(answer)[0]?.expression]).toEqual([status, [place]]);
  });

  it('refuses a batch, a message and what is no Bundle', async () => {
    const batch = await server.call('POST /fhir', { body: { ...bundleOf(), type: 'batch', entry: undefined } });
    expect([batch.status, issuesOf(batch)[0]?.code]).toEqual([422, 'not-supported']);
    expect((await server.call('POST /fhir', { body: patient.resource })).status).toBe(400);
  });

  it('refuses what the role may not write, entry by entry', async () => {
    const answer = await server.call('POST /fhir', { body: bundleOf(group) });
    expect([answer.status, issuesOf(answer)[0]?.expression]).toEqual([403, ['Bundle.entry[0]']]);
  });
});
