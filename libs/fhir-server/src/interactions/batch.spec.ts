import type { Bundle, BundleEntry, FhirResource, OperationOutcome, Patient, Task } from 'fhir/r4';
import { FhirError, ownerOf } from '#fhir';
import type { InnerRequest } from '../inner-request.js';
import { baseUrl, issuesOf, type RunningServer, startServer } from '../../test/running-server.js';

const patient: Patient = { resourceType: 'Patient', active: true };
const task: Task = { resourceType: 'Task', status: 'requested', intent: 'order' };

function batchOf(...entry: BundleEntry<FhirResource>[]): Bundle<FhirResource> {
  return { resourceType: 'Bundle', type: 'batch', entry };
}

function entriesIn(body: unknown): BundleEntry<FhirResource>[] {
  const bundle = body as Bundle<FhirResource>;
  if (bundle.type !== 'batch-response') throw new Error(JSON.stringify(body));
  return bundle.entry ?? [];
}

function said(entry: BundleEntry | undefined): [status: string | undefined, diagnostics?: string | undefined] {
  const outcome = entry?.response?.outcome as OperationOutcome | undefined;
  return outcome ? [entry?.response?.status, outcome.issue[0]?.diagnostics] : [entry?.response?.status];
}

describe('a batch', () => {
  let server: RunningServer;
  const asked: { owner: string; requests: readonly InnerRequest[] }[] = [];

  beforeAll(async () => {
    server = await startServer({
      limits: { bundleEntries: 30 },
      askOwner: (owner, requests) => {
        asked.push({ owner, requests });
        if (owner === 'outcomes') return Promise.reject(FhirError.of('transient', 'Away.'));
        return Promise.resolve(
          requests.map(({ url }) => ({
            status: 200,
            content: `{"resourceType":"Basic","id":"${url.split('/')[1] ?? ''}"}`,
          })),
        );
      },
    });
  });
  afterAll(() => server.stop());

  it('gives no more than its answers may come to together, and does every write', async () => {
    const small = await startServer({ limits: { answerLength: 1_500 } });
    const text = {
      status: 'generated',
      div: `<div xmlns="http://www.w3.org/1999/xhtml">${'x'.repeat(700)}</div>`,
    } as const;
    const long = { ...patient, text };
    const read = { request: { method: 'GET', url: 'Patient?_count=1' } } as const;
    const write = { request: { method: 'POST', url: 'Patient' }, resource: long } as const;
    const { body: written } = await small.call('POST /fhir', { body: batchOf(write, write, write) });
    const { body: told } = await small.call('POST /fhir', { body: batchOf(read, read, read) });
    const { body: all } = await small.call('GET /fhir/Patient?_summary=count');
    await small.stop();
    const answered = (body: unknown): string[] =>
      entriesIn(body)
        .map(({ response, resource }) => `${response?.status ?? ''}${resource ? ' with resource' : ''}`)
        .sort();
    expect(answered(written)).toEqual(['201 Created', '201 Created', '201 Created with resource']);
    expect(answered(told)).toEqual(['200 OK with resource', '413 Payload Too Large', '413 Payload Too Large']);
    expect((all as Bundle).total).toBe(3);
  });

  const send = async (...entry: BundleEntry<FhirResource>[]): Promise<BundleEntry<FhirResource>[]> =>
    entriesIn((await server.call('POST /fhir', { body: batchOf(...entry) })).body);

  it('answers each entry in its place, whatever becomes of the others', async () => {
    const [created] = await send({ request: { method: 'POST', url: 'Patient' }, resource: patient });
    const id = (created?.resource as Patient).id ?? '';
    const entries = await send(
      { request: { method: 'GET', url: `Patient/${id}` } },
      { request: { method: 'PUT', url: `Patient/${id}`, ifMatch: 'W/"7"' }, resource: { ...patient, id } },
      { request: { method: 'PUT', url: `Patient/${id}` }, resource: { ...patient, id, gender: 'other' } },
      { request: { method: 'POST', url: 'Task' }, resource: { ...task, status: 'nonsense' } as unknown as Task },
      { request: { method: 'POST', url: 'Task' }, resource: task },
      { request: { method: 'GET', url: 'Patient/none' } },
      { request: { method: 'GET', url: 'Pateint/1' } },
      { request: { method: 'HEAD', url: `Patient/${id}` } },
      { request: { method: 'GET', url: `Patient/${id}/_history/1` } },
    );
    expect(entries.map(said)).toEqual([
      ['200 OK'],
      ['412 Precondition Failed', expect.stringContaining('not the version')],
      ['200 OK'],
      ['400 Bad Request', expect.stringContaining('allowed')],
      ['201 Created'],
      ['404 Not Found', expect.stringContaining('There is no Patient')],
      ['404 Not Found', expect.stringContaining('Did you mean Patient?')],
      ['200 OK'],
      ['200 OK'],
    ]);
    const [read, , updated, , made, , , headed] = entries;
    expect(read).toMatchObject({ fullUrl: `${baseUrl}/Patient/${id}`, resource: { id } });
    expect(updated).toMatchObject({ resource: { gender: 'other' }, response: { etag: 'W/"2"' } });
    expect(made?.response?.location).toBe(`${baseUrl}/Task/${(made?.resource as Task).id ?? ''}/_history/1`);
    expect(headed?.resource).toBeUndefined();
  });

  it('searches, patches by JSON Patch in a Binary and by FHIRPath Patch, and calls operations', async () => {
    const [created] = await send({ request: { method: 'POST', url: 'Task' }, resource: task });
    const id = (created?.resource as Task).id ?? '';
    const operations = [{ op: 'replace', path: '/status', value: 'received' }];
    const entries = await send({
      request: { method: 'PATCH', url: `Task/${id}` },
      resource: {
        resourceType: 'Binary',
        contentType: 'application/json-patch+json',
        data: Buffer.from(JSON.stringify(operations)).toString('base64'),
      },
    });
    const then = await send(
      { request: { method: 'GET', url: `Task?_id=${id}&_elements=status` } },
      { request: { method: 'GET', url: 'Task/$status?a=1' } },
      { request: { method: 'POST', url: `Task/${id}/$everything` }, resource: { resourceType: 'Parameters' } },
    );
    expect(entries[0]).toMatchObject({
      resource: { status: 'received' },
      response: { status: '200 OK', etag: 'W/"2"' },
    });
    const found = (then[0]?.resource as Bundle<Task>).entry?.[0]?.resource;
    expect(found).toMatchObject({ id, status: 'received', meta: { tag: [{ code: 'SUBSETTED' }] } });
    expect(then[1]?.resource).toEqual({
      resourceType: 'Binary',
      contentType: 'text/csv; charset=utf-8',
      data: Buffer.from('a=1').toString('base64'),
    });
    expect(then[2]).toMatchObject({ resource: { resourceType: 'Parameters' }, response: { status: '202 Accepted' } });
  });

  it('lets nobody do in an entry what he may not do alone', async () => {
    const [created] = await send({ request: { method: 'POST', url: 'Patient' }, resource: patient });
    const id = (created?.resource as Patient).id ?? '';
    const body = batchOf(
      { request: { method: 'GET', url: `Patient/${id}` } },
      { request: { method: 'POST', url: 'HealthcareService' }, resource: { resourceType: 'HealthcareService' } },
    );
    const other = await server.call('POST /fhir', { body, token: 'other' });
    const analyst = await server.call('POST /fhir', { body, token: 'analyst' });
    expect(entriesIn(other.body).map((entry) => said(entry)[0])).toEqual(['404 Not Found', '201 Created']);
    expect(entriesIn(analyst.body).map((entry) => said(entry)[0])).toEqual(['403 Forbidden', '403 Forbidden']);
  });

  it.each([
    ['a batch within it', { request: { method: 'POST', url: baseUrl }, resource: batchOf() }, 'below this base'],
    [
      'a request elsewhere',
      { request: { method: 'GET', url: 'https://elsewhere.example/fhir/Patient/1' } },
      'below this base',
    ],
    ['an address with a dot', { request: { method: 'GET', url: '../metrics' } }, 'below this base'],
    ['a body that is not taken', { request: { method: 'GET', url: 'Patient' }, resource: patient }, 'takes no body'],
    [
      'a patch in another Binary',
      { request: { method: 'PATCH', url: 'Task/1' }, resource: { resourceType: 'Binary', contentType: 'text/plain' } },
      'application/json-patch+json',
    ],
    ['what the server says of itself', { request: { method: 'GET', url: 'metadata' } }, 'by a request of its own'],
  ] as [string, BundleEntry<FhirResource>, string][])(
    'refuses %s, and that entry only',
    async (_title, entry, diagnostics) => {
      const entries = await send(entry, { request: { method: 'GET', url: 'Task?_count=0' } });
      expect(entries.map(said)).toEqual([
        [expect.stringMatching(/^4/), expect.stringContaining(diagnostics)],
        ['200 OK'],
      ]);
    },
  );

  it('refuses more entries than are taken, and a Bundle that is none', async () => {
    const many = Array.from({ length: 31 }, () => ({ request: { method: 'GET' as const, url: 'Task' } }));
    const answer = await server.call('POST /fhir', { body: batchOf(...many) });
    const broken = await server.call('POST /fhir', { body: { resourceType: 'Bundle', type: 'batch', entry: {} } });
    expect([answer.status, issuesOf(answer)[0]?.diagnostics]).toEqual([
      413,
      'A batch, transaction or message may have 30 entries.',
    ]);
    const unasked = await server.call('POST /fhir', { body: batchOf({ resource: patient }) });
    expect([broken.status, issuesOf(broken)[0]?.expression]).toEqual([400, ['Bundle.entry']]);
    expect([unasked.status, issuesOf(unasked)[0]?.expression]).toEqual([400, ['Bundle.entry[0].request']]);
  });

  it('has the entries of other processes answered by their owners, one question each, and says when one does not answer', async () => {
    asked.length = 0;
    const entries = await send(
      { request: { method: 'GET', url: 'Questionnaire/1' } },
      { request: { method: 'GET', url: 'Task?_count=0' } },
      { request: { method: 'GET', url: 'Measure/1' } },
      {
        request: { method: 'PUT', url: 'Questionnaire/2' },
        resource: { resourceType: 'Questionnaire', id: '2', status: 'draft' },
      },
    );
    expect(entries.map(said)).toEqual([
      ['200 OK'],
      ['200 OK'],
      ['503 Service Unavailable', expect.stringContaining('whether a write was done must be read first')],
      ['200 OK'],
    ]);
    const owners = asked.map(({ owner, requests }) => [
      owner,
      ...requests.map(({ method, url, caller }) => `${method ?? ''} ${url} as ${caller.client}`),
    ]);
    expect(owners.sort()).toEqual([
      [ownerOf('Measure'), 'GET Measure/1 as gp-practice'],
      [ownerOf('Questionnaire'), 'GET Questionnaire/1 as gp-practice', 'PUT Questionnaire/2 as gp-practice'],
    ]);
  });

  it('may be empty', async () => {
    expect(
      entriesIn((await server.call('POST /fhir', { body: { resourceType: 'Bundle', type: 'batch' } })).body),
    ).toEqual([]);
  });
});
