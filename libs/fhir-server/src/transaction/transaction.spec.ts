import { randomUUID } from 'node:crypto';
import type { Bundle, BundleEntry, FhirResource, HealthcareService, Patient, ServiceRequest, Task } from 'fhir/r4';
import { type Answer, baseUrl, issuesOf, type RunningServer, startServer } from '../../test/running-server.js';

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
    const answer = await server.call('POST /fhir', { body: bundleOf(patient, group) });
    expect([answer.status, issuesOf(answer)[0]?.expression]).toEqual([403, ['Bundle.entry[1]']]);
  });
});

const group = {
  resource: { resourceType: 'HealthcareService' },
  request: { method: 'POST', url: 'HealthcareService' },
};

/** Every entry's status. */
function statusesOf({ body, text }: Answer): (string | undefined)[] {
  const { resourceType, entry = [] } = body as Bundle;
  if (resourceType !== 'Bundle') throw new Error(text);
  return entry.map(({ response }) => response?.status);
}

function identified(value: string): object {
  return { ...patient.resource, identifier: [{ system: 'https://ginnel.example/id', value }] };
}

async function created(
  token: string,
  resource: object & { resourceType: string },
): Promise<FhirResource & { id: string }> {
  const answer = await server.call(`POST /fhir/${resource.resourceType}`, { token, body: resource });
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.body as FhirResource & { id: string };
}

const send = (token: string, ...entry: object[]): Promise<Answer> =>
  server.call('POST /fhir', { token, body: bundleOf(...entry) });

describe('the entries of a transaction', () => {
  it('delete, create, change and read, each once and answered in its place', async () => {
    const old = await created('practice', { resourceType: 'Patient' });
    const task = await created('practice', { resourceType: 'Task', status: 'requested', intent: 'order' });
    const patched = await created('practice', { resourceType: 'Task', status: 'requested', intent: 'order' });
    const operations = [{ op: 'replace', path: '/status', value: 'accepted' }];
    const data = Buffer.from(JSON.stringify(operations)).toString('base64');
    const replace = {
      name: 'operation',
      part: [
        { name: 'type', valueCode: 'replace' },
        { name: 'path', valueString: 'Task.status' },
        { name: 'value', valueCode: 'received' },
      ],
    };
    const answer = await send(
      'practice',
      { request: { method: 'GET', url: `Task/${task.id}` } },
      { request: { method: 'GET', url: 'Task?status=accepted&_id=' + patched.id } },
      { request: { method: 'HEAD', url: `Task/${task.id}` } },
      { request: { method: 'GET', url: `Patient/${old.id}` } },
      {
        resource: { resourceType: 'Parameters', parameter: [replace] },
        request: { method: 'PATCH', url: `Task/${task.id}`, ifMatch: 'W/"1"' },
      },
      {
        resource: { resourceType: 'Binary', contentType: 'application/json-patch+json', data },
        request: { method: 'PATCH', url: `Task/${patched.id}` },
      },
      patient,
      { request: { method: 'DELETE', url: `Patient/${old.id}` } },
    );
    expect(statusesOf(answer)).toEqual([
      '200 OK',
      '200 OK',
      '200 OK',
      '410 Gone',
      '200 OK',
      '200 OK',
      '201 Created',
      '204 No Content',
    ]);
    const [read, found, headed, gone, , , , deleted] = (answer.body as Bundle).entry ?? [];
    expect([read?.resource, read?.response?.etag]).toMatchObject([{ status: 'received' }, 'W/"2"']);
    expect((found?.resource as Bundle<Task>).entry?.[0]?.resource).toMatchObject({
      id: patched.id,
      status: 'accepted',
    });
    expect([headed?.resource, headed?.response?.etag]).toEqual([undefined, 'W/"2"']);
    expect(gone?.response?.outcome).toMatchObject({ resourceType: 'OperationOutcome' });
    expect(deleted?.response).toMatchObject({ etag: 'W/"2"' });
  });

  it('create what is not there yet, and lead references to what is', async () => {
    const value = randomUUID();
    const once = {
      ...patient,
      resource: identified(value),
      request: { ...patient.request, ifNoneExist: `identifier=https://ginnel.example/id|${value}` },
    };
    const first = await send('practice', once, wish);
    const again = await send('practice', wish, once);
    expect([statusesOf(first), statusesOf(again)]).toEqual([
      ['201 Created', '201 Created'],
      ['201 Created', '200 OK'],
    ]);
    const [person, wished] = ((first.body as Bundle).entry ?? []).map(({ resource }) => resource) as [
      Patient,
      ServiceRequest,
    ];
    const [later, same] = ((again.body as Bundle).entry ?? []).map(({ resource }) => resource) as [
      ServiceRequest,
      Patient,
    ];
    const reference = `Patient/${person.id ?? ''}`;
    expect([wished.subject.reference, later.subject.reference, same.id]).toEqual([reference, reference, person.id]);
  });

  it('of twenty transactions that create the same at once, one creates it and all refer to it', async () => {
    const value = randomUUID();
    const once = {
      ...patient,
      resource: identified(value),
      request: { ...patient.request, ifNoneExist: `identifier=https://ginnel.example/id|${value}` },
    };
    const answers = await Promise.all(Array.from({ length: 20 }, () => send('practice', once, wish)));
    const wishes = answers.map(({ body }) => (body as Bundle<ServiceRequest>).entry?.[1]?.resource?.subject.reference);
    expect(answers.map(statusesOf).filter(([status]) => status === '201 Created')).toHaveLength(1);
    expect(new Set(wishes).size).toBe(1);
  });

  it('change, patch and delete what meets criteria', async () => {
    const [changed, deleted, other] = [randomUUID(), randomUUID(), randomUUID()];
    const person = await created('practice', { resourceType: 'Patient', ...identified(changed) });
    await created('practice', { resourceType: 'Patient', ...identified(deleted) });
    const of = (value: string): string => `Patient?identifier=https://ginnel.example/id|${value}`;
    const answer = await send(
      'practice',
      {
        fullUrl: patientUrl,
        resource: { ...identified(changed), gender: 'other' },
        request: { method: 'PUT', url: of(changed) },
      },
      wish,
      { resource: identified(other), request: { method: 'PUT', url: of(other) } },
      { request: { method: 'DELETE', url: of(deleted) } },
      { request: { method: 'DELETE', url: of('nobody') } },
    );
    expect(statusesOf(answer)).toEqual(['200 OK', '201 Created', '201 Created', '204 No Content', '204 No Content']);
    const [, wished] = (answer.body as Bundle<ServiceRequest>).entry ?? [];
    expect(wished?.resource?.subject.reference).toBe(`Patient/${person.id}`);
  });

  it('lead conditional references to the one resource that is meant', async () => {
    const value = randomUUID();
    const person = await created('practice', { resourceType: 'Patient', ...identified(value) });
    const asked = (criteria: string): object => ({
      ...wish,
      resource: { ...wish.resource, subject: { reference: `Patient?${criteria}` } },
    });
    const place = 'Bundle.entry[0].resource.subject.reference';
    const found = await send('practice', asked(`identifier=https://ginnel.example/id|${value}`));
    expect((found.body as Bundle<ServiceRequest>).entry?.[0]?.resource?.subject.reference).toBe(`Patient/${person.id}`);
    await created('practice', { resourceType: 'Patient', ...identified(value) });
    for (const [criteria, status, code] of [
      [`identifier=https://ginnel.example/id|${value}`, 412, 'multiple-matches'],
      ['identifier=nobody', 412, 'not-found'],
      ['nmae=x', 400, 'not-supported'],
    ] as const) {
      const answer = await send('practice', asked(criteria));
      expect([answer.status, issuesOf(answer)[0]?.code, issuesOf(answer)[0]?.expression]).toEqual([
        status,
        code,
        [place],
      ]);
    }
    const unseen = await send('provider', asked(`_id=${person.id}`));
    expect(unseen.status).toBe(412);
  });

  it('lead links of attachments and of the narrative, and nothing that only looks like one', async () => {
    const div = `<div xmlns="http://www.w3.org/1999/xhtml"><a href="${patientUrl}">her</a> ${patientUrl}</div>`;
    const extension = [
      { url: 'https://ginnel.example/file', valueAttachment: { url: patientUrl, title: patientUrl } },
      { url: 'https://ginnel.example/uri', valueUri: patientUrl },
      { url: 'https://ginnel.example/canonical', valueCanonical: patientUrl },
    ];
    const linked = { ...wish, resource: { ...wish.resource, extension, text: { status: 'generated', div } } };
    const answer = await send('practice', patient, linked);
    const [person, wished] = ((answer.body as Bundle).entry ?? []).map(({ resource }) => resource) as [
      Patient,
      ServiceRequest,
    ];
    const to = `Patient/${person.id ?? ''}`;
    expect(wished.text?.div).toBe(div.replace(`href="${patientUrl}"`, `href="${to}"`));
    expect(wished.extension).toEqual([
      { url: 'https://ginnel.example/file', valueAttachment: { url: to, title: patientUrl } },
      { url: 'https://ginnel.example/uri', valueUri: to },
      { url: 'https://ginnel.example/canonical', valueCanonical: patientUrl },
    ]);
  });

  it('lead relative references below the same address', async () => {
    const at = (id: string, entry: { request: object }): object => ({
      ...entry,
      fullUrl: `https://else.example/fhir/${id}`,
    });
    const relative = { ...wish, resource: { ...wish.resource, subject: { reference: 'Patient/p' } } };
    const answer = await send('practice', at('Patient/p', patient), at('ServiceRequest/s', relative));
    const [person, wished] = ((answer.body as Bundle).entry ?? []).map(({ resource }) => resource) as [
      Patient,
      ServiceRequest,
    ];
    expect(wished.subject.reference).toBe(`Patient/${person.id ?? ''}`);
  });

  const change = (id: string, more: object = {}): object => ({
    resource: { resourceType: 'Patient', id },
    request: { method: 'PUT', url: `Patient/${id}`, ...more },
  });
  const withRequest = (request: object): object => ({ ...patient, request: { ...patient.request, ...request } });
  it.each<[string, object[], number, string]>([
    ['an unknown type', [withRequest({ url: 'Account' })], 422, 'Bundle.entry[0].request.url'],
    ['a create with a query', [withRequest({ url: 'Patient?x=1' })], 422, 'Bundle.entry[0].request.url'],
    ['an update without an id', [withRequest({ method: 'PUT' })], 422, 'Bundle.entry[0].request.url'],
    ['an operation', [withRequest({ url: 'Patient/$validate' })], 422, 'Bundle.entry[0].request.url'],
    ['an unknown parameter', [{ request: { method: 'GET', url: 'Task?nope=1' } }], 422, 'Bundle.entry[0]'],
    ['a condition of another verb', [withRequest({ ifMatch: 'W/"1"' })], 422, 'Bundle.entry[0].request.ifMatch'],
    ['another type than its url', [withRequest({ url: 'Task' })], 422, 'Bundle.entry[0].resource.resourceType'],
    ['one fullUrl twice', [patient, patient], 400, 'Bundle.entry[1].fullUrl'],
    ['one resource twice', [change('1'), change('1')], 400, 'Bundle.entry[1]'],
    ['a dangling reference', [wish], 400, 'Bundle.entry[0].resource.subject.reference'],
    ['an update of what is not there', [patient, change('none')], 404, 'Bundle.entry[1]'],
    [
      'a patch that is none',
      [{ resource: patient.resource, request: { method: 'PATCH', url: 'Patient/1' } }],
      422,
      'Bundle.entry[0].resource',
    ],
    [
      'one condition twice',
      [
        withRequest({ ifNoneExist: 'identifier=twice' }),
        { ...withRequest({ ifNoneExist: 'identifier=twice' }), fullUrl: requestUrl },
      ],
      422,
      'Bundle.entry[1]',
    ],
  ])('do not stand for %s', async (_title, entries, status, place) => {
    const people = await countOf('Patient');
    const answer = await send('practice', ...entries);
    expect([answer.status, issuesOf(answer)[0]?.expression]).toEqual([status, [place]]);
    expect(await countOf('Patient')).toBe(people);
  });
});

describe('a transaction of two services', () => {
  const refused = { ...wish, resource: { ...wish.resource, status: 'draft', subject: { display: 'x' } } };

  it('is written whole', async () => {
    const id = randomUUID();
    const named = {
      resource: { resourceType: 'HealthcareService', id, comment: 'one' },
      request: { method: 'PUT', url: `HealthcareService/${id}` },
    };
    const made = await send('provider', patient, named, { request: { method: 'GET', url: `HealthcareService/${id}` } });
    expect(statusesOf(made)).toEqual(['201 Created', '201 Created', '200 OK']);
    const changed = {
      ...named,
      resource: { ...named.resource, comment: 'two' },
      request: { ...named.request, ifMatch: 'W/"1"' },
    };
    const again = await send('provider', changed, patient, {
      request: { method: 'GET', url: `HealthcareService/${id}` },
    });
    expect(statusesOf(again)).toEqual(['200 OK', '201 Created', '200 OK']);
    expect((again.body as Bundle<HealthcareService>).entry?.[2]?.resource).toMatchObject({ comment: 'two' });
    const ended = await send('provider', patient, { request: { method: 'DELETE', url: `HealthcareService/${id}` } });
    expect(statusesOf(ended)).toEqual(['201 Created', '204 No Content']);
    expect((await server.call(`GET /fhir/HealthcareService/${id}`)).status).toBe(410);
  });

  it('is not written at all where one of them refuses its part', async () => {
    const before = [await countOf('Patient'), await countOf('HealthcareService')];
    const answer = await send('provider', group, patient, refused);
    expect([answer.status, issuesOf(answer)[0]?.expression]).toEqual([422, ['Bundle.entry[2].resource.status']]);
    expect([await countOf('Patient'), await countOf('HealthcareService')]).toEqual(before);
  });

  it('is not written at all where a version is not the one that is there, and lets go what it held', async () => {
    const service = await created('provider', group.resource);
    const task = await created('provider', { resourceType: 'Task', status: 'requested', intent: 'order' });
    const put = (resource: FhirResource & { id: string }, ifMatch: string): object => ({
      resource,
      request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}`, ifMatch },
    });
    const changed = [
      { ...service, comment: 'changed' } as FhirResource & { id: string },
      { ...task, status: 'received' } as FhirResource & { id: string },
    ] as const;
    const stale = await send('provider', put(changed[0], 'W/"1"'), put(changed[1], 'W/"7"'));
    expect([stale.status, issuesOf(stale)[0]?.expression]).toEqual([412, ['Bundle.entry[1]']]);
    const fresh = await send('provider', put(changed[0], 'W/"1"'), put(changed[1], 'W/"1"'));
    expect(statusesOf(fresh)).toEqual(['200 OK', '200 OK']);
  });

  it('of two that change the same in opposite order, one is written and none waits for the other', async () => {
    const service = await created('provider', group.resource);
    const task = await created('provider', { resourceType: 'Task', status: 'requested', intent: 'order' });
    for (let version = 1; version <= 5; version++) {
      const put = (resource: object & { resourceType: string; id: string }): object => ({
        resource,
        request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}`, ifMatch: `W/"${String(version)}"` },
      });
      const status = version % 2 === 0 ? 'received' : 'accepted';
      const [one, other] = ['one', 'other'].map((comment) => [
        put({ ...service, comment: `${comment} ${String(version)}` }),
        put({ ...task, status, description: comment }),
      ]);
      const answers = await Promise.all([
        send('provider', ...(one ?? [])),
        send('provider', ...(other ?? []).reverse()),
      ]);
      const told = answers.map((answer) => answer.status).sort((a, b) => a - b);
      expect([told[0], [409, 412].includes(told[1] ?? 0)]).toEqual([200, true]);
    }
    const { body } = await server.call(`GET /fhir/Task/${task.id}`, { token: 'provider' });
    expect((body as Task).meta?.versionId).toBe('6');
  });
});
