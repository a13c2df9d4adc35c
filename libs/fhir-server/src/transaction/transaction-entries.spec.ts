import { randomUUID } from 'node:crypto';
import type { Bundle, Patient, ServiceRequest, Task } from 'fhir/r4';
import {
  Bundles,
  identified,
  patient,
  patientUrl,
  requestUrl,
  resourcesOf,
  responsesOf,
  statusesOf,
  task,
  wish,
} from '../../test/bundles.js';
import { issuesOf, type RunningServer, startServer } from '../../test/running-server.js';

let server: RunningServer;
const bundles = new Bundles(() => server);

beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  await server.stop();
});

describe('the entries of a transaction', () => {
  it('delete, create, change and read, each once and answered in its place', async () => {
    const old = await bundles.created('practice', { resourceType: 'Patient' });
    const job = await bundles.created('practice', task);
    const patched = await bundles.created('practice', task);
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
    const answer = await bundles.send(
      'practice',
      { request: { method: 'GET', url: `Task/${job.id}` } },
      { request: { method: 'GET', url: 'Task?status=accepted&_id=' + patched.id } },
      { request: { method: 'HEAD', url: `Task/${job.id}` } },
      { request: { method: 'GET', url: `Patient/${old.id}` } },
      {
        resource: { resourceType: 'Parameters', parameter: [replace] },
        request: { method: 'PATCH', url: `Task/${job.id}`, ifMatch: 'W/"1"' },
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
    const [read, found, , , , , created] = resourcesOf(answer);
    expect(read).toMatchObject({ status: 'received' });
    expect((found as Bundle<Task>).entry?.map(({ resource }) => resource)).toMatchObject([
      { id: patched.id, status: 'accepted' },
    ]);
    expect(created).toMatchObject({ resourceType: 'Patient' });
    const responses = responsesOf(answer);
    expect(responses.map(({ etag }) => etag)).toEqual([
      'W/"2"',
      undefined,
      'W/"2"',
      undefined,
      'W/"2"',
      'W/"2"',
      'W/"1"',
      'W/"2"',
    ]);
    expect(responses[3]).toMatchObject({ outcome: { resourceType: 'OperationOutcome' } });
    expect(resourcesOf(answer)[2]).toBeUndefined();
  });

  it('create what is not there yet, and lead references to what is', async () => {
    const value = randomUUID();
    const once = {
      ...patient,
      resource: identified(value),
      request: { ...patient.request, ifNoneExist: `identifier=https://ginnel.example/id|${value}` },
    };
    const first = await bundles.send('practice', once, wish);
    const again = await bundles.send('practice', wish, once);
    expect([statusesOf(first), statusesOf(again)]).toEqual([
      ['201 Created', '201 Created'],
      ['201 Created', '200 OK'],
    ]);
    const [person, wished] = resourcesOf(first) as [Patient, ServiceRequest];
    const [later, same] = resourcesOf(again) as [ServiceRequest, Patient];
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
    const answers = await Promise.all(Array.from({ length: 20 }, () => bundles.send('practice', once, wish)));
    const wishes = answers.map(({ body }) => (body as Bundle<ServiceRequest>).entry?.[1]?.resource?.subject.reference);
    expect(answers.map(statusesOf).filter(([status]) => status === '201 Created')).toHaveLength(1);
    expect(new Set(wishes).size).toBe(1);
  });

  it('change, patch and delete what meets criteria', async () => {
    const [changed, deleted, other] = [randomUUID(), randomUUID(), randomUUID()];
    const person = await bundles.created('practice', { resourceType: 'Patient', ...identified(changed) });
    await bundles.created('practice', { resourceType: 'Patient', ...identified(deleted) });
    const of = (value: string): string => `Patient?identifier=https://ginnel.example/id|${value}`;
    const answer = await bundles.send(
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
    const person = await bundles.created('practice', { resourceType: 'Patient', ...identified(value) });
    const asked = (criteria: string): object => ({
      ...wish,
      resource: { ...wish.resource, subject: { reference: `Patient?${criteria}` } },
    });
    const place = 'Bundle.entry[0].resource.subject.reference';
    const found = await bundles.send('practice', asked(`identifier=https://ginnel.example/id|${value}`));
    expect((found.body as Bundle<ServiceRequest>).entry?.[0]?.resource?.subject.reference).toBe(`Patient/${person.id}`);
    await bundles.created('practice', { resourceType: 'Patient', ...identified(value) });
    for (const [criteria, status, code] of [
      [`identifier=https://ginnel.example/id|${value}`, 412, 'multiple-matches'],
      ['identifier=nobody', 412, 'not-found'],
      ['nmae=x', 400, 'not-supported'],
    ] as const) {
      const answer = await bundles.send('practice', asked(criteria));
      expect([answer.status, issuesOf(answer)[0]?.code, issuesOf(answer)[0]?.expression]).toEqual([
        status,
        code,
        [place],
      ]);
    }
    const unseen = await bundles.send('provider', asked(`_id=${person.id}`));
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
    const answer = await bundles.send('practice', patient, linked);
    const [person, wished] = resourcesOf(answer) as [Patient, ServiceRequest];
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
    const answer = await bundles.send('practice', at('Patient/p', patient), at('ServiceRequest/s', relative));
    const [person, wished] = resourcesOf(answer) as [Patient, ServiceRequest];
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
    const people = await bundles.countOf('Patient');
    const answer = await bundles.send('practice', ...entries);
    expect([answer.status, issuesOf(answer)[0]?.expression]).toEqual([status, [place]]);
    expect(await bundles.countOf('Patient')).toBe(people);
  });
});
