import type { Bundle, HealthcareService, Patient } from 'fhir/r4';
import { baseUrl, issuesOf, type RunningServer, type Sent, startServer } from '../../test/running-server.js';

let server: RunningServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(() => server.stop());

const system = 'https://example.org/ids';
let names = 0;

/** A new identifier, and a Patient that bears it. */
function somebody(): { value: string; body: Patient; criteria: string } {
  const value = `p-${String(++names)}`;
  return {
    value,
    body: { resourceType: 'Patient', identifier: [{ system, value }] },
    criteria: `identifier=${system}|${value}`,
  };
}

function createIf(criteria: string, body: Patient, more: Sent = {}) {
  return server.call('POST /fhir/Patient', { body, ...more, headers: { 'if-none-exist': criteria } });
}

async function countOf(criteria: string, token = 'practice'): Promise<number> {
  const { body } = await server.call(`GET /fhir/Patient?${criteria}`, { token });
  return (body as Bundle).entry?.length ?? 0;
}

describe('a conditional create', () => {
  it('creates where there is none, and then answers with the one that is there', async () => {
    const { body, criteria } = somebody();
    const first = await createIf(criteria, body);
    const again = await createIf(`Patient?${criteria}`, body);
    const id = (first.body as Patient).id ?? '';
    expect([first.status, again.status, again.body]).toEqual([201, 200, first.body]);
    expect([again.headers.get('etag'), again.headers.get('location')]).toEqual([
      'W/"1"',
      `${baseUrl}/Patient/${id}/_history/1`,
    ]);
  });

  it('is refused where several match', async () => {
    const { body, criteria } = somebody();
    await server.call('POST /fhir/Patient', { body });
    await server.call('POST /fhir/Patient', { body });
    const answer = await createIf(criteria, body);
    expect([answer.status, issuesOf(answer)[0]?.code]).toEqual([412, 'multiple-matches']);
  });

  it("does not find what is outside the caller's audience", async () => {
    const { body, criteria } = somebody();
    expect((await createIf(criteria, body)).status).toBe(201);
    expect((await createIf(criteria, body, { token: 'provider' })).status).toBe(201);
    expect((await createIf(criteria, body, { token: 'provider' })).status).toBe(200);
  });

  it.each([
    ['an unknown parameter', 'colour=red', 400],
    ['an unknown parameter, though the caller be lenient', 'colour=red&identifier=x', 400],
    ['no criteria', '', 400],
    ['what shapes an answer', 'identifier=x&_count=1', 400],
    ['another type', 'Task?identifier=x', 400],
  ])('refuses %s', async (_title, criteria, status) => {
    const headers = { 'if-none-exist': criteria, prefer: 'handling=lenient' };
    const answer = await server.call('POST /fhir/Patient', { body: somebody().body, headers });
    expect([answer.status, issuesOf(answer).length]).toEqual([status, 1]);
  });

  it('finds what was made with it, although its body does not meet the criteria', async () => {
    const { criteria } = somebody();
    const body: Patient = { resourceType: 'Patient', active: true };
    const first = await createIf(criteria, body);
    const again = await createIf(criteria, body);
    expect([first.status, again.status, again.body]).toEqual([201, 200, first.body]);
  });

  it('makes another one when the first was deleted, or changed so that it no longer meets the criteria', async () => {
    const { body, criteria } = somebody();
    const first = (await createIf(criteria, body)).body as Patient;
    await server.call(`DELETE /fhir/Patient/${first.id ?? ''}`);
    const second = await createIf(criteria, body);
    expect(second.status).toBe(201);
    const { id = '' } = second.body as Patient;
    const changed = { ...body, id, identifier: [{ system, value: 'another' }] };
    expect((await server.call(`PUT /fhir/Patient/${id}`, { body: changed })).status).toBe(200);
    const third = await createIf(criteria, body);
    expect([third.status, await countOf(criteria)]).toEqual([201, 1]);
  });

  it('is won by one of many at once; the others are given what he made', async () => {
    const { body, criteria } = somebody();
    const answers = await Promise.all(Array.from({ length: 50 }, () => createIf(criteria, body)));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array.from({ length: 49 }, () => 200), 201]);
    expect(new Set(answers.map((answer) => (answer.body as Patient).id)).size).toBe(1);
    expect(await countOf(criteria)).toBe(1);
  });

  it('spells an own reference one way, whichever way the client does', async () => {
    const own = 'general-practitioner';
    const spelt = [`${own}=Organization/gp-1`, `${own}=${baseUrl}/Organization/gp-1`, `${own}:Organization=gp-1`];
    const answers = [];
    for (const criteria of spelt) answers.push(await createIf(criteria, somebody().body));
    expect(answers.map(({ status }) => status)).toEqual([201, 200, 200]);
  });

  it('is given nothing that a patch, for which it waited, has just made another', async () => {
    for (let round = 0; round < 5; round++) {
      const { body, criteria } = somebody();
      await createIf(criteria, body);
      const patch = server.call(`PATCH /fhir/Patient?${criteria}`, {
        body: [{ op: 'remove', path: '/identifier' }],
        headers: { 'content-type': 'application/json-patch+json' },
      });
      const answers = await Promise.all([patch, createIf(criteria, body), createIf(criteria, body)]);
      const given = answers.slice(1).map((answer) => (answer.body as Patient).identifier);
      expect(given).toEqual([body.identifier, body.identifier]);
    }
  });

  it('of many at once that are refused by a rule, each is told so', async () => {
    const body = {
      resourceType: 'ServiceRequest',
      status: 'draft',
      intent: 'order',
      subject: { reference: 'Patient/1' },
    };
    const sent = { body, headers: { 'if-none-exist': 'identifier=x|refused' } };
    const answers = await Promise.all(Array.from({ length: 10 }, () => server.call('POST /fhir/ServiceRequest', sent)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([422]));
  });
});

describe('a conditional update', () => {
  const put = (criteria: string, body: Patient, headers: Record<string, string> = {}) =>
    server.call(`PUT /fhir/Patient?${criteria}`, { body, headers });

  it('creates where there is none, changes the one that is there, and changes nothing twice', async () => {
    const { body, criteria } = somebody();
    const first = await put(criteria, body);
    const { id = '' } = first.body as Patient;
    const second = await put(criteria, { ...body, active: true });
    const again = await put(criteria, { ...body, id, active: true });
    expect([first.status, second.status, again.status]).toEqual([201, 200, 200]);
    expect([second.headers.get('etag'), again.headers.get('etag')]).toEqual(['W/"2"', 'W/"2"']);
    expect((second.body as Patient).id).toBe(id);
  });

  it('is refused where several match, the id is of another, or If-Match names another version', async () => {
    const { body, criteria } = somebody();
    await put(criteria, body);
    const otherId = await put(criteria, { ...body, id: 'other' });
    const stale = await put(criteria, { ...body, active: true }, { 'if-match': 'W/"3"' });
    await server.call('POST /fhir/Patient', { body });
    const several = await put(criteria, body);
    expect([otherId.status, stale.status, several.status]).toEqual([400, 412, 412]);
  });

  it('lets the client choose the id of a new resource only where its type lets him', async () => {
    const { body, criteria } = somebody();
    expect((await put(criteria, { ...body, id: 'mine' })).status).toBe(400);
    const service: HealthcareService = { resourceType: 'HealthcareService', id: 'chosen', name: 'Chosen walks' };
    const sent = { token: 'provider', body: service };
    const made = await server.call('PUT /fhir/HealthcareService?name=Chosen walks', sent);
    const taken = await server.call('PUT /fhir/HealthcareService?name=Other walks', sent);
    expect([made.status, (made.body as HealthcareService).id, taken.status]).toEqual([201, 'chosen', 409]);
  });

  it('and conditional creates of the same criteria make one resource', async () => {
    const { body, criteria } = somebody();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        at % 2 === 0 ? createIf(criteria, body) : put(criteria, { ...body, active: at % 4 === 1 }),
      ),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(new Set(statuses)).toEqual(new Set([200, 201]));
    expect(await countOf(criteria)).toBe(1);
  });

  it('without criteria is refused', async () => {
    const answer = await server.call('PUT /fhir/Patient', { body: somebody().body });
    expect(answer.status).toBe(400);
  });
});

describe('a condition of two callers on what everybody reads', () => {
  it('is one condition', async () => {
    const body: HealthcareService = { resourceType: 'HealthcareService', name: 'Shared walks' };
    const answers = await Promise.all(
      ['provider', 'other'].map((token) =>
        server.call('POST /fhir/HealthcareService', { token, body, headers: { 'if-none-exist': 'name=Shared walks' } }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 201]);
  });
});

describe('a conditional patch', () => {
  const patch = (criteria: string) =>
    server.call(`PATCH /fhir/Patient?${criteria}`, {
      body: [{ op: 'add', path: '/active', value: true }],
      headers: { 'content-type': 'application/json-patch+json' },
    });

  it('changes the one that matches, and no other number of them', async () => {
    const { body, criteria } = somebody();
    expect((await patch(criteria)).status).toBe(404);
    await server.call('POST /fhir/Patient', { body });
    const answer = await patch(criteria);
    expect([answer.status, answer.body]).toEqual([200, expect.objectContaining({ active: true })]);
    await server.call('POST /fhir/Patient', { body });
    expect((await patch(criteria)).status).toBe(412);
  });
});

describe('a conditional delete', () => {
  it('ends the one that matches; none is what was wanted; several are refused', async () => {
    const { body, criteria } = somebody();
    const remove = () => server.call(`DELETE /fhir/Patient?${criteria}`);
    expect((await remove()).status).toBe(204);
    await server.call('POST /fhir/Patient', { body });
    expect([(await remove()).status, await countOf(criteria)]).toEqual([204, 0]);
    await server.call('POST /fhir/Patient', { body });
    await server.call('POST /fhir/Patient', { body });
    expect([(await remove()).status, await countOf(criteria)]).toEqual([412, 2]);
  });

  it('ends several where the server was told how many', async () => {
    const generous = await startServer({ limits: { conditionalDeletes: 3 } });
    const { body, criteria } = somebody();
    for (let made = 0; made < 3; made++) await generous.call('POST /fhir/Patient', { body });
    const answer = await generous.call(`DELETE /fhir/Patient?${criteria}`);
    const { body: left } = await generous.call(`GET /fhir/Patient?${criteria}`);
    expect([answer.status, (left as Bundle).entry]).toEqual([204, undefined]);
    await generous.stop();
  });
});

describe('criteria that go through what another service holds, or a set of codes', () => {
  it('are met as in a search', async () => {
    const name = 'Chained walks';
    const made = await server.call('POST /fhir/HealthcareService', {
      token: 'provider',
      body: { resourceType: 'HealthcareService', name } satisfies HealthcareService,
    });
    const { id = '' } = made.body as HealthcareService;
    const request = {
      resourceType: 'ServiceRequest',
      status: 'active',
      intent: 'order',
      subject: { reference: 'Patient/1' },
      performer: [{ reference: `HealthcareService/${id}` }],
    };
    const send = () =>
      server.call('POST /fhir/ServiceRequest', {
        body: request,
        headers: { 'if-none-exist': `performer:HealthcareService.name=${name}` },
      });
    const [first, again] = [await send(), await send()];
    expect([first.status, again.status, again.body]).toEqual([201, 200, first.body]);
    // Found by the chain itself, and not as the holder of its key alone.
    const found = await server.call(`GET /fhir/ServiceRequest?performer:HealthcareService.name=${name}`);
    expect((found.body as Bundle).entry).toHaveLength(1);
  });
});
