import type { Bundle, HealthcareService, Patient, Task } from 'fhir/r4';
import { baseUrl, issuesOf, type RunningServer, startServer } from '../../test/running-server.js';

let server: RunningServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(() => server.stop());

const patient: Patient = { resourceType: 'Patient', active: true };
const service: HealthcareService = { resourceType: 'HealthcareService', name: 'Walking group' };

async function created(): Promise<string> {
  const { body } = await server.call('POST /fhir/Patient', { body: patient });
  return (body as Patient).id ?? '';
}

async function versionsOf(address: string): Promise<string[]> {
  const { body } = await server.call(`GET /fhir/${address}/_history`, { token: 'provider' });
  return ((body as Bundle).entry ?? []).map(
    ({ request, response }) => `${request?.method ?? ''} ${response?.etag ?? ''}`,
  );
}

describe('delete', () => {
  it('ends a resource: what was it is in the history only, and a second delete finds it done', async () => {
    const id = await created();
    const first = await server.call(`DELETE /fhir/Patient/${id}`);
    expect([first.status, first.text, first.headers.get('etag')]).toEqual([204, '', 'W/"2"']);
    const again = await server.call(`DELETE /fhir/Patient/${id}`);
    expect([again.status, again.headers.get('etag')]).toEqual([204, 'W/"2"']);
    expect((await server.call(`GET /fhir/Patient/${id}`)).status).toBe(410);
    expect((await server.call(`GET /fhir/Patient/${id}/_history/1`)).status).toBe(200);
    expect((await server.call(`GET /fhir/Patient/${id}/_history/2`)).status).toBe(410);
    const history = await server.call(`GET /fhir/Patient/${id}/_history`);
    expect((history.body as Bundle).entry?.map(({ request }) => request?.method)).toEqual(['DELETE', 'POST']);
    const search = await server.call(`GET /fhir/Patient?_id=${id}`);
    expect((search.body as Bundle).entry).toBeUndefined();
  });

  it('says what it did where the client prefers an OperationOutcome', async () => {
    const id = await created();
    const answer = await server.call(`DELETE /fhir/Patient/${id}`, { headers: { prefer: 'return=OperationOutcome' } });
    expect([answer.status, issuesOf(answer)[0]?.diagnostics]).toEqual([200, 'Deleted.']);
  });

  it('honours If-Match, also when it is sent twice', async () => {
    const id = await created();
    const stale = await server.call(`DELETE /fhir/Patient/${id}`, { headers: { 'if-match': 'W/"7"' } });
    expect(stale.status).toBe(412);
    const headers = { 'if-match': 'W/"1"' };
    expect((await server.call(`DELETE /fhir/Patient/${id}`, { headers })).status).toBe(204);
    expect((await server.call(`DELETE /fhir/Patient/${id}`, { headers })).status).toBe(204);
    const other = await server.call(`DELETE /fhir/Patient/${id}`, { headers: { 'if-match': 'W/"7"' } });
    expect(other.status).toBe(412);
  });

  it.each([
    ['what was never there', () => Promise.resolve('Patient/none'), undefined, 404],
    ['what the caller may not see', async () => `Patient/${await created()}`, 'provider', 404],
    ['a type that has no rule for it', () => Promise.resolve('Task/1'), undefined, 405],
    ['a type that clients do not write', () => Promise.resolve('Organization/1'), 'provider', 405],
  ])('refuses %s', async (_title, address, token, status) => {
    const answer = await server.call(`DELETE /fhir/${await address()}`, { token });
    expect([answer.status, issuesOf(answer).length]).toEqual([status, 1]);
  });

  it('of many at once makes one version', async () => {
    const id = await created();
    const answers = await Promise.all(Array.from({ length: 8 }, () => server.call(`DELETE /fhir/Patient/${id}`)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]));
    const history = await server.call(`GET /fhir/Patient/${id}/_history`);
    expect((history.body as Bundle).entry).toHaveLength(2);
  });
});

describe('an id that the client chose', () => {
  it('is taken where its type allows it, and answers where it is', async () => {
    const answer = await server.call('PUT /fhir/HealthcareService/walks', {
      token: 'provider',
      body: { ...service, id: 'walks' },
    });
    expect([answer.status, answer.headers.get('location'), answer.headers.get('etag')]).toEqual([
      201,
      `${baseUrl}/HealthcareService/walks/_history/1`,
      'W/"1"',
    ]);
    expect(answer.headers.get('last-modified')).toMatch(/GMT$/);
  });

  it('brings back what was deleted, as the next version', async () => {
    const body = { ...service, id: 'back' };
    const send = (request: string, sent?: HealthcareService) =>
      server.call(`${request} /fhir/HealthcareService/back`, { token: 'provider', ...(sent ? { body: sent } : {}) });
    expect((await send('PUT', body)).status).toBe(201);
    expect((await send('DELETE')).status).toBe(204);
    const back = await send('PUT', body);
    expect([back.status, back.headers.get('etag')]).toEqual([201, 'W/"3"']);
    expect((await send('GET')).body).toMatchObject({ name: 'Walking group', meta: { versionId: '3' } });
    expect(await versionsOf('HealthcareService/back')).toEqual(['PUT W/"3"', 'DELETE W/"2"', 'POST W/"1"']);
    const found = await server.call('GET /fhir/HealthcareService?_id=back', { token: 'provider' });
    expect((found.body as Bundle).entry).toHaveLength(1);
  });

  it('is made by one of many at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        server.call('PUT /fhir/HealthcareService/race', { token: 'provider', body: { ...service, id: 'race' } }),
      ),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status !== 201 && status !== 200)).toEqual([]);
    expect(await versionsOf('HealthcareService/race')).toEqual(['POST W/"1"']);
  });

  it('with If-None-Match: * is only created', async () => {
    const body = { ...service, id: 'only-once' };
    const headers = { 'if-none-match': '*' };
    const sent = { token: 'provider', body, headers };
    expect((await server.call('PUT /fhir/HealthcareService/only-once', sent)).status).toBe(201);
    expect((await server.call('PUT /fhir/HealthcareService/only-once', sent)).status).toBe(412);
  });

  it('is refused where the server gives ids, and the sentence tells how to create', async () => {
    const answer = await server.call('PUT /fhir/Task/mine', {
      body: { resourceType: 'Task', id: 'mine', status: 'draft', intent: 'order' },
    });
    expect([answer.status, issuesOf(answer)[0]?.diagnostics]).toEqual([
      404,
      expect.stringContaining('create it by POST'),
    ]);
  });

  it('with If-Match names no version that is there', async () => {
    for (const match of ['W/"1"', '*']) {
      const answer = await server.call('PUT /fhir/HealthcareService/never', {
        token: 'provider',
        body: { ...service, id: 'never' },
        headers: { 'if-match': match },
      });
      expect(answer.status).toBe(412);
    }
    expect((await server.call('GET /fhir/HealthcareService/never', { token: 'provider' })).status).toBe(404);
  });
});

describe('an update that changes nothing', () => {
  it('makes no version, whatever the order of names and the version that the body bears', async () => {
    const { body } = await server.call('POST /fhir/Task', {
      body: { resourceType: 'Task', status: 'draft', intent: 'order', meta: { tag: [{ code: 'x' }] } },
    });
    const { id, meta, ...rest } = body as Task;
    const stale = { ...meta, versionId: '77', lastUpdated: '2001-01-01T00:00:00Z' };
    const sent = Object.fromEntries(Object.entries({ ...rest, id, meta: stale }).reverse());
    const answer = await server.call(`PUT /fhir/Task/${id ?? ''}`, { body: sent });
    expect([answer.status, answer.headers.get('etag'), answer.body]).toEqual([200, 'W/"1"', body]);
  });

  it('minds the digits of a decimal', async () => {
    const text = (value: string): string =>
      `{"resourceType":"Patient","id":"ID","extension":[{"url":"http://example.org/length","valueDecimal":${value}}]}`;
    const { body } = await server.call('POST /fhir/Patient', { body: text('1.50') });
    const id = (body as Patient).id ?? '';
    const same = await server.call(`PUT /fhir/Patient/${id}`, { body: text('1.50').replace('ID', id) });
    const other = await server.call(`PUT /fhir/Patient/${id}`, { body: text('1.5').replace('ID', id) });
    expect([same.headers.get('etag'), other.headers.get('etag')]).toEqual(['W/"1"', 'W/"2"']);
  });
});

describe('a read that asks for news', () => {
  it('is answered 304 where there are none', async () => {
    const id = await created();
    const { headers } = await server.call(`GET /fhir/Patient/${id}`);
    const since = headers.get('last-modified') ?? '';
    const ask = async (more: Record<string, string>) =>
      (await server.call(`GET /fhir/Patient/${id}`, { headers: more })).status;
    expect(await ask({ 'if-modified-since': since })).toBe(304);
    expect(await ask({ 'if-modified-since': 'Mon, 01 Jan 2001 00:00:00 GMT' })).toBe(200);
    expect(await ask({ 'if-modified-since': 'yesterday' })).toBe(200);
    expect(await ask({ 'if-none-match': 'W/"1"' })).toBe(304);
    expect(await ask({ 'if-none-match': 'W/"2"', 'if-modified-since': since })).toBe(200);
    const version = `GET /fhir/Patient/${id}/_history/1`;
    expect((await server.call(version, { headers: { 'if-none-match': 'W/"1"' } })).status).toBe(304);
    expect((await server.call(version, { headers: { 'if-none-match': 'W/"2"' } })).status).toBe(200);
  });
});
