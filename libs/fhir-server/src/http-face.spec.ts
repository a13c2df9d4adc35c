import type { Bundle, Patient, Task } from 'fhir/r4';
import { type Answer, baseUrl, issuesOf, type RunningServer, startServer } from '../test/running-server.js';

let server: RunningServer;

beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  await server.stop();
});

const task: Task = {
  resourceType: 'Task',
  status: 'requested',
  intent: 'order',
  owner: { reference: 'Organization/healthy-living' },
};

async function created(body: object = task): Promise<{ id: string; answer: Answer }> {
  const answer = await server.call(`POST /fhir/${(body as Task).resourceType}`, { body });
  expect(answer.status).toBe(201);
  return { id: (answer.body as Task).id ?? '', answer };
}

describe('create', () => {
  it('answers 201 with the stored bytes, where they are and which version they are', async () => {
    const { id, answer } = await created({ ...task, id: 'mine', meta: { versionId: '7' } });
    expect(id).not.toBe('mine');
    expect(answer.headers.get('location')).toBe(`${baseUrl}/Task/${id}/_history/1`);
    expect(answer.headers.get('etag')).toBe('W/"1"');
    expect(answer.headers.get('content-type')).toBe('application/fhir+json; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const { meta, ...rest } = answer.body as Task;
    expect(rest).toEqual({ ...task, id });
    expect(meta?.versionId).toBe('1');
    expect(new Date(answer.headers.get('last-modified') ?? '').getTime()).toBe(
      Math.floor(Date.parse(meta?.lastUpdated ?? '') / 1000) * 1000,
    );

    const read = await server.call(`GET /fhir/Task/${id}`);
    expect(read.text).toBe(answer.text);
  });

  it('keeps the digits of decimals', async () => {
    const extension = [{ url: 'https://ginnel.example/weight', valueDecimal: 0 }];
    const body = JSON.stringify({ ...task, extension }).replace('"valueDecimal":0', '"valueDecimal":1.500');
    const answer = await server.call('POST /fhir/Task', { body });
    expect(answer.status).toBe(201);
    expect(answer.text).toContain('"valueDecimal":1.500');
  });

  it('answers as the client prefers', async () => {
    const minimal = await server.call('POST /fhir/Task', { body: task, headers: { prefer: 'return=minimal' } });
    expect([minimal.status, minimal.text, minimal.headers.get('etag')]).toEqual([201, '', 'W/"1"']);
    const outcome = await server.call('POST /fhir/Task', {
      body: task,
      headers: { prefer: 'return=OperationOutcome' },
    });
    expect(outcome.status).toBe(201);
    expect(issuesOf(outcome)).toEqual([{ severity: 'information', code: 'informational', diagnostics: 'Stored.' }]);
  });

  it('tells every fault of the structure, and stores nothing', async () => {
    const answer = await server.call('POST /fhir/Task', {
      body: { resourceType: 'Task', status: 'bogus', colour: 'red' },
    });
    expect(answer.status).toBe(400);
    expect(issuesOf(answer).length).toBeGreaterThanOrEqual(3);
  });

  it.each(['application/json', 'text/json', 'application/fhir+json; charset="UTF-8"; fhirVersion=4.0'])(
    'takes a body that is told to be %s',
    async (type) => {
      const answer = await server.call('POST /fhir/Task', { body: task, headers: { 'content-type': type } });
      expect(answer.status).toBe(201);
    },
  );

  it('takes no parameters in its address', async () => {
    const answer = await server.call('POST /fhir/Task?identifier=x', { body: task });
    expect([answer.status, issuesOf(answer)[0]?.code]).toEqual([400, 'not-supported']);
  });
});

describe('read', () => {
  it('answers 304 to who has the version already', async () => {
    const { id } = await created();
    const answer = await server.call(`GET /fhir/Task/${id}`, { headers: { 'if-none-match': 'W/"1"' } });
    expect([answer.status, answer.text, answer.headers.get('etag')]).toEqual([304, '', 'W/"1"']);
  });

  it('makes no difference between what is not there and what is not allowed', async () => {
    const { id } = await created();
    const seen = await server.call(`GET /fhir/Task/${id}`, { token: 'provider' });
    expect(seen.status).toBe(200);
    const hidden = await server.call(`GET /fhir/Task/${id}`, { token: 'other' });
    const absent = await server.call('GET /fhir/Task/nothing-here', { token: 'other' });
    expect(hidden.status).toBe(404);
    expect(hidden.body).toEqual(absent.body);
    for (const address of ['', '/_history', '/_history/1']) {
      const answer = await server.call(`GET /fhir/Task/${id}${address}`, { token: 'other' });
      expect([answer.status, answer.body]).toEqual([404, absent.body]);
    }
  });

  it('has a HEAD without a body', async () => {
    const { id } = await created();
    const answer = await server.call(`HEAD /fhir/Task/${id}`);
    expect([answer.status, answer.text, answer.headers.get('etag')]).toEqual([200, '', 'W/"1"']);
  });
});

describe('update', () => {
  it('makes a new version, which history then tells', async () => {
    const { id } = await created();
    const body: Task = { ...task, id, status: 'received' };
    const answer = await server.call(`PUT /fhir/Task/${id}`, { body, headers: { 'if-match': 'W/"1"' } });
    expect([answer.status, answer.headers.get('etag'), (answer.body as Task).status]).toEqual([
      200,
      'W/"2"',
      'received',
    ]);

    const first = await server.call(`GET /fhir/Task/${id}/_history/1`);
    expect([first.status, first.headers.get('etag'), (first.body as Task).status]).toEqual([200, 'W/"1"', 'requested']);
    const none = await server.call(`GET /fhir/Task/${id}/_history/3`);
    expect(none.status).toBe(404);

    const history = await server.call(`GET /fhir/Task/${id}/_history?_count=1`);
    expect(history.body).toEqual({
      resourceType: 'Bundle',
      type: 'history',
      link: [
        { relation: 'self', url: `${baseUrl}/Task/${id}/_history?_count=1` },
        {
          relation: 'next',
          url: expect.stringContaining(`${baseUrl}/Task/${id}/_history?_count=1&_cursor=`) as unknown,
        },
      ],
      entry: [
        {
          fullUrl: `${baseUrl}/Task/${id}`,
          resource: answer.body,
          request: { method: 'PUT', url: `Task/${id}` },
          response: { status: '200', etag: 'W/"2"', lastModified: (answer.body as Task).meta?.lastUpdated },
        },
      ],
    });
    const next = (history.body as Bundle).link?.[1]?.url.slice(baseUrl.length) ?? '';
    const rest = await server.call(`GET /fhir${next}`);
    expect(rest.body).toMatchObject({
      link: [{ relation: 'self' }],
      entry: [
        { resource: first.body, request: { method: 'POST', url: 'Task' }, response: { status: '201', etag: 'W/"1"' } },
      ],
    });
  });

  it('takes one of many writers who read the same version, and tells the others 412', async () => {
    const { id } = await created();
    const body: Task = { ...task, id, status: 'received' };
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => server.call(`PUT /fhir/Task/${id}`, { body, headers: { 'if-match': 'W/"1"' } })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 11 }, () => 412)]);
    const current = await server.call(`GET /fhir/Task/${id}`);
    expect(current.headers.get('etag')).toBe('W/"2"');
  });

  it('without If-Match replaces the version that is there', async () => {
    const { id } = await created();
    const answer = await server.call(`PUT /fhir/Task/${id}`, { body: { ...task, id, status: 'received' } });
    expect([answer.status, answer.headers.get('etag')]).toEqual([200, 'W/"2"']);
  });

  it.each([
    ['another id in the body', (id: string) => ({ body: { ...task, id: `${id}1` } }), 400],
    ['no id in the body', () => ({ body: task }), 400],
    [
      'an If-Match that is no version',
      (id: string) => ({ body: { ...task, id }, headers: { 'if-match': 'latest' } }),
      400,
    ],
    ['a stale version', (id: string) => ({ body: { ...task, id }, headers: { 'if-match': 'W/"9"' } }), 412],
    [
      'what a rule of the service refuses',
      (id: string) => ({ body: { ...task, id, status: 'entered-in-error' } }),
      422,
    ],
    ['a resource of another organisation', (id: string) => ({ body: { ...task, id }, token: 'other' }), 404],
  ])('refuses %s', async (_title, sent, status) => {
    const { id } = await created();
    const answer = await server.call(`PUT /fhir/Task/${id}`, sent(id));
    expect([answer.status, issuesOf(answer).length]).toEqual([status, 1]);
    expect((await server.call(`GET /fhir/Task/${id}`)).headers.get('etag')).toBe('W/"1"');
  });

  it('does not create', async () => {
    const answer = await server.call('PUT /fhir/Task/new-one', { body: { ...task, id: 'new-one' } });
    expect(answer.status).toBe(404);
  });
});

describe('who may call', () => {
  it('asks for a token, and tells how to send it', async () => {
    const answer = await server.call('GET /fhir/Task', { token: '' });
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="Ginnel"']);
    expect(issuesOf(answer)[0]?.code).toBe('login');
  });

  it('refuses an unknown token before it reads a body or tells what is served', async () => {
    const answer = await server.call('POST /fhir/Nothing', { token: 'wrong', body: '{' });
    expect([answer.status, issuesOf(answer)[0]?.code]).toEqual([401, 'login']);
  });

  it('refuses what the policy does not give to the role', async () => {
    const read = await server.call('GET /fhir/Patient/1', { token: 'analyst' });
    const write = await server.call('POST /fhir/HealthcareService', { body: { resourceType: 'HealthcareService' } });
    const operation = await server.call('POST /fhir/$process-message', { token: 'analyst', body: task });
    expect([read.status, write.status, operation.status]).toEqual([403, 403, 403]);
    expect(issuesOf(read)[0]?.diagnostics).toBe('A client of role analyst may not read a Patient.');
  });

  it('keeps what the server is and can open to everyone', async () => {
    for (const path of ['/fhir', '/fhir/metadata', '/fhir/openapi.json', '/docs', '/metrics']) {
      expect((await server.call(`GET ${path}`, { token: '' })).status).toBe(200);
    }
  });
});

describe('what is logged', () => {
  it('is ids and codes, nothing that a patient could be known by', async () => {
    const patient: Patient = {
      resourceType: 'Patient',
      identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9990000018' }],
      name: [{ family: 'Quarmby' }],
    };
    const { id } = await created(patient);
    await server.call('GET /fhir/Patient?family=Quarmby&identifier=9990000018');
    await server.call('GET /fhir/Patient/9990000018');
    await server.call('GET /fhir/Quarmby');
    await server.call('POST /fhir/Patient', { body: '{"name":"Quarmby' });
    await server.call(`GET /fhir/Patient/${id}`, { headers: { 'x-correlation-id': 'c-9' } });
    const log = server.log();
    expect(log).not.toMatch(/Quarmby|9990000018/);
    const lines = log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.find(({ correlationId }) => correlationId === 'c-9')).toMatchObject({
      level: 'info',
      method: 'GET',
      route: '/fhir/:type/:id',
      type: 'Patient',
      id,
      status: 200,
      client: 'gp-practice',
      requestId: expect.any(String) as string,
    });
  });

  it('is measured by route pattern', async () => {
    const { text } = await server.call('GET /metrics', { token: '' });
    expect(text).toContain('method="GET",route="/fhir/:type/:id",status="200"');
    expect(text).toContain('route="/fhir/*",status="404"');
  });
});
