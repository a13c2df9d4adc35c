import type { Bundle, BundleEntry, Patient, ServiceRequest, Task } from 'fhir/r4';
import { activity, bundleOf, Bundles, patient, wish, work } from '../../test/bundles.js';
import { baseUrl, issuesOf, type RunningServer, startServer } from '../../test/running-server.js';

let server: RunningServer;
const bundles = new Bundles(() => server);

beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  await server.stop();
});

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
    const people = await bundles.countOf('Patient');
    const again = await server.call('POST /fhir', { body: bundleOf(patient, change) });
    expect([again.status, issuesOf(again)[0]?.expression]).toEqual([412, ['Bundle.entry[1]']]);
    expect(await bundles.countOf('Patient')).toBe(people);
  });

  it('keeps the digits of decimals', async () => {
    const extension = [{ url: 'https://ginnel.example/weight', valueDecimal: 0 }];
    const weighed = { ...wish, resource: { ...wish.resource, extension } };
    const body = JSON.stringify(bundleOf(patient, weighed)).replace('"valueDecimal":0', '"valueDecimal":1.500');
    const answer = await server.call('POST /fhir', { body });
    expect(answer.text).toContain('"valueDecimal":1.500');
  });

  it('stores nothing when a rule refuses one entry, and says which', async () => {
    const people = await bundles.countOf('Patient');
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
    expect(await bundles.countOf('Patient')).toBe(people);
  });

  it('answers without resources where the client prefers that', async () => {
    const answer = await server.call('POST /fhir', { body: bundleOf(patient), headers: { prefer: 'return=minimal' } });
    expect((answer.body as Bundle).entry?.map((entry) => Object.keys(entry))).toEqual([['fullUrl', 'response']]);
  });

  it('may be empty', async () => {
    const answer = await server.call('POST /fhir', { body: { resourceType: 'Bundle', type: 'transaction' } });
    expect([answer.status, answer.body]).toEqual([200, { resourceType: 'Bundle', type: 'transaction-response' }]);
  });

  it('refuses a message and what is no Bundle', async () => {
    const message = await server.call('POST /fhir', { body: { resourceType: 'Bundle', type: 'collection' } });
    expect([message.status, issuesOf(message)[0]?.code]).toEqual([422, 'not-supported']);
    expect((await server.call('POST /fhir', { body: patient.resource })).status).toBe(400);
  });

  it('takes as many entries as it is told to', async () => {
    const few = await startServer({ limits: { bundleEntries: 1 } });
    const answer = await few.call('POST /fhir', { body: bundleOf(patient, wish) });
    await few.stop();
    expect([answer.status, issuesOf(answer)[0]?.expression]).toEqual([413, ['Bundle.entry']]);
  });

  it('refuses what the role may not write, entry by entry', async () => {
    const answer = await server.call('POST /fhir', { body: bundleOf(patient, activity) });
    expect([answer.status, issuesOf(answer)[0]?.expression]).toEqual([403, ['Bundle.entry[1]']]);
  });
});
