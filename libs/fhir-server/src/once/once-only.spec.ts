import { randomUUID } from 'node:crypto';
import type { Bundle, Patient, Task } from 'fhir/r4';
import pg from 'pg';
import {
  type Answer,
  baseUrl,
  issuesOf,
  type RunningServer,
  type Sent,
  startServer,
} from '../../test/running-server.js';

let server: RunningServer;

beforeAll(async () => {
  server = await startServer({ limits: { repeatWaitMs: 500 } });
});
afterAll(() => server.stop());

const task: Task = { resourceType: 'Task', status: 'requested', intent: 'order' };
const named = (id: string = randomUUID()): Record<string, string> => ({ 'x-request-id': id });
const keyed = (key: string = randomUUID()): Record<string, string> => ({ 'idempotency-key': `"${key}"` });
const make = (headers: Record<string, string>, more: Sent = {}) =>
  server.call('POST /fhir/Task', { body: task, headers, ...more });
const tasks = async (): Promise<number> =>
  ((await server.call('GET /fhir/Task?_summary=count')).body as Bundle).total ?? -1;

function idOf({ body }: Answer): string {
  return (body as { id: string }).id;
}

describe('a write under an X-Request-Id', () => {
  it('is done once, and a repetition is told what it made', async () => {
    const [headers, before] = [named(), await tasks()];
    const first = await make(headers);
    const again = [await make(headers), await make({ 'X-REQUEST-ID': headers['x-request-id']?.toUpperCase() ?? '' })];
    expect([first.status, again.map(({ status }) => status), await tasks()]).toEqual([201, [409, 409], before + 1]);
    const location = `${baseUrl}/Task/${idOf(first)}/_history/1`;
    expect(again[0]?.headers.get('location')).toBe(location);
    expect(again[0]?.headers.get('x-request-id')).toBe(headers['x-request-id']);
    expect(issuesOf(again[0] as Answer)).toEqual([
      {
        severity: 'error',
        code: 'duplicate',
        diagnostics: `A request with this X-Request-Id was processed before; it is not done again. It made Task/${idOf(first)}/_history/1.`,
        expression: ['X-Request-Id'],
      },
    ]);
  });

  it('is another request with another body, method, address or condition, and refused', async () => {
    const headers = named();
    const id = idOf(await make(headers));
    const others = [
      await make(headers, { body: { ...task, priority: 'urgent' } }),
      await server.call(`PUT /fhir/Task/${id}`, { body: { ...task, id }, headers }),
      await make({ ...headers, 'if-none-exist': 'status=requested' }),
    ];
    const told = others.map((answer) => [answer.status, issuesOf(answer)[0]?.code, issuesOf(answer)[0]?.expression]);
    expect(told).toEqual(others.map(() => [400, 'invalid', ['X-Request-Id']]));
  });

  it('is another client’s own, and nothing to a read', async () => {
    const headers = named();
    const made = [await make(headers), await make(headers, { token: 'provider' })];
    const reads = [await server.call('GET /fhir/Task', { headers }), await server.call('GET /fhir/Task', { headers })];
    const form = {
      body: 'status=requested',
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    };
    const searches = [await server.call('POST /fhir/Task/_search', form)];
    expect([...made, ...reads, ...searches].map(({ status }) => status)).toEqual([201, 201, 200, 200, 200]);
  });

  it('has its changes and its end once, also where they would be refused the second time', async () => {
    const patient: Patient = { resourceType: 'Patient' };
    const id = idOf(await server.call('POST /fhir/Patient', { body: patient }));
    const [change, end, first] = [named(), named(), { 'if-match': 'W/"1"' }];
    const put = () =>
      server.call(`PUT /fhir/Patient/${id}`, {
        body: { ...patient, id, active: true },
        headers: { ...change, ...first },
      });
    const remove = () => server.call(`DELETE /fhir/Patient/${id}`, { headers: end });
    const answers = [await put(), await put(), await remove(), await remove()];
    expect(answers.map(({ status }) => status)).toEqual([200, 409, 204, 409]);
    expect(answers.map(({ headers }) => headers.get('etag'))).toEqual(['W/"2"', 'W/"2"', 'W/"3"', 'W/"3"']);
  });

  it('that changed nothing has its answer remembered, and never does more later', async () => {
    const id = idOf(await server.call('POST /fhir/Patient', { body: { resourceType: 'Patient' } }));
    const headers = { ...named(), 'if-none-exist': `_id=${id}` };
    const find = () => server.call('POST /fhir/Patient', { body: { resourceType: 'Patient' }, headers });
    const [found, again] = [await find(), await find()];
    await server.call(`DELETE /fhir/Patient/${id}`);
    const later = await find();
    expect([found, again, later].map(({ status }) => status)).toEqual([200, 409, 409]);
    expect(again.headers.get('location')).toBe(`${baseUrl}/Patient/${id}/_history/1`);
  });

  it('of a hundred at one moment is done by one, and the others are told so', async () => {
    const [headers, before] = [named(), await tasks()];
    const answers = await Promise.all(Array.from({ length: 100 }, () => make(headers)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409 || status === 425)).toHaveLength(99);
    expect(await tasks()).toBe(before + 1);
  });

  it('waits for the same that is under way, is told when that takes long, and finds it done', async () => {
    const id = idOf(await make({}));
    const headers = named();
    const put = () => server.call(`PUT /fhir/Task/${id}`, { body: { ...task, id, priority: 'urgent' }, headers });
    const locked = await lock(id);
    const first = put();
    const [early, other] = [await put(), await make(headers)];
    const waiting = put();
    await locked.release();
    expect([early.status, early.headers.get('retry-after'), issuesOf(early)[0]?.code]).toEqual([425, '1', 'duplicate']);
    expect([other.status, (await first).status, (await waiting).status]).toEqual([400, 200, 409]);
  });

  it('is refused the same again where the same fault would be found again, and not done in between', async () => {
    const headers = named();
    const draft = {
      resourceType: 'ServiceRequest',
      status: 'draft',
      intent: 'order',
      subject: { reference: 'Patient/1' },
    };
    const send = () => server.call('POST /fhir/ServiceRequest', { body: draft, headers });
    const [first, second] = [await send(), await send()];
    expect([first.status, second.status, second.body]).toEqual([422, 422, first.body]);
    const changed = await server.call('POST /fhir/ServiceRequest', { body: { ...draft, status: 'active' }, headers });
    expect([changed.status, issuesOf(changed)[0]?.code]).toEqual([400, 'invalid']);
  });

  it('can succeed after it failed for a reason that passes', async () => {
    const headers = { ...named(), 'content-type': 'application/fhir+json' };
    const send = (more: Record<string, string> = {}) =>
      server.call('POST /fhir/$process-message', { body: task, headers: { ...headers, ...more } });
    const answers = [await send({ 'x-test': 'database-away' }), await send(), await send()];
    expect(answers.map(({ status }) => status)).toEqual([503, 200, 409]);
    expect(issuesOf(answers[2] as Answer)[0]?.details?.coding?.[0]?.code).toBe('REC_CONFLICT');
  });

  it('that names what is not there yet is done when it is', async () => {
    const headers = named();
    const send = () =>
      server.call('PATCH /fhir/Patient/nowhere', patching([{ op: 'add', path: '/active', value: true }], headers));
    expect([(await send()).status, (await send()).status]).toEqual([404, 404]);
  });
});

describe('a write under an Idempotency-Key', () => {
  it('is answered as the first time, with what it made then', async () => {
    const headers = keyed();
    const first = await make(headers);
    const id = idOf(first);
    await server.call(`PUT /fhir/Task/${id}`, { body: { ...task, id, priority: 'stat' } });
    const again = await make(headers);
    const bare = await make({ 'idempotency-key': headers['idempotency-key']?.replaceAll('"', '') ?? '' });
    expect([again, bare].map((answer) => [answer.status, answer.text])).toEqual(
      [first, first].map((answer) => [201, answer.text]),
    );
    for (const name of ['location', 'etag', 'last-modified'])
      expect(again.headers.get(name)).toBe(first.headers.get(name));
  });

  it('goes before the X-Request-Id, which may then be each attempt’s own', async () => {
    const headers = keyed();
    const answers = [await make({ ...headers, ...named() }), await make({ ...headers, ...named() })];
    expect(answers.map(({ status, text }) => [status, text])).toEqual(answers.map(() => [201, answers[0]?.text]));
  });

  it('is refused with another body, under way, and where it is no key', async () => {
    const headers = keyed();
    const id = idOf(await make(headers));
    const other = await make(headers, { body: { ...task, priority: 'urgent' } });
    const change = keyed();
    const put = () => server.call(`PUT /fhir/Task/${id}`, { body: { ...task, id, priority: 'asap' }, headers: change });
    const locked = await lock(id);
    const first = put();
    const early = await put();
    await locked.release();
    const wrong = await make({ 'idempotency-key': '"two words"' });
    expect([other.status, early.status, issuesOf(early)[0]?.code, (await first).status, wrong.status]).toEqual([
      422,
      409,
      'conflict',
      200,
      400,
    ]);
  });

  it.each(['batch', 'transaction'] as const)('of a %s tells again what each entry was answered', async (type) => {
    const post = { resource: task, request: { method: 'POST', url: 'Task' } };
    const body = { resourceType: 'Bundle', type, entry: [post, post] };
    const [headers, before] = [keyed(), await tasks()];
    const send = () => server.call('POST /fhir', { body, headers });
    const [first, again] = [await send(), await send()];
    const said = ({ body: answer }: Answer) => (answer as Bundle).entry?.map(({ response }) => response);
    expect([first.status, again.status, said(again), await tasks()]).toEqual([200, 200, said(first), before + 2]);
    expect((again.body as Bundle).type).toBe(`${type}-response`);
  });
});

describe('a batch under an X-Request-Id', () => {
  const entry = (status: string) => ({ resource: { ...task, status }, request: { method: 'POST', url: 'Task' } });

  it('whose process died goes on where it was, and does nothing twice', async () => {
    const headers = named();
    const body = {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [entry('requested'), entry('received'), entry('accepted')],
    };
    const before = await tasks();
    const first = await server.call('POST /fhir', { body, headers });
    const client = new pg.Client({ connectionString: server.databaseUrl });
    await client.connect();
    // As if it had died before the batch was answered, and before its last entry was done.
    const last = ((first.body as Bundle).entry?.[2]?.resource as Task).id ?? '';
    await client.query(`DELETE FROM referral.request_key WHERE key IN ($1, $2)`, [
      `x|gp-practice|${headers['x-request-id'] ?? ''}`,
      `x|gp-practice|${headers['x-request-id'] ?? ''}#2`,
    ]);
    await client.end();
    const again = await server.call('POST /fhir', { body, headers });
    const locations = ({ body: answer }: Answer) => (answer as Bundle).entry?.map(({ response }) => response?.location);
    expect([again.status, locations(again)?.slice(0, 2)]).toEqual([200, locations(first)?.slice(0, 2)]);
    expect(locations(again)?.[2]).not.toContain(last);
    expect([await tasks(), (await server.call('POST /fhir', { body, headers })).status]).toEqual([before + 4, 409]);
  });
});

function patching(body: unknown, headers: Record<string, string>): Sent {
  return { body, headers: { ...headers, 'content-type': 'application/json-patch+json' } };
}

/** Holds the row of a Task, so that who writes it waits. */
async function lock(id: string): Promise<{ release: () => Promise<void> }> {
  const client = new pg.Client({ connectionString: server.databaseUrl });
  await client.connect();
  await client.query('BEGIN');
  await client.query('SELECT 1 FROM referral.task WHERE id = $1 FOR UPDATE', [id]);
  return {
    release: async () => {
      await client.query('COMMIT');
      await client.end();
    },
  };
}
