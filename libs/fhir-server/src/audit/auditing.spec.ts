import pg from 'pg';
import type { Bundle, Patient, Task } from 'fhir/r4';
import { type RunningServer, startServer } from '../../test/running-server.js';

const patient: Patient = { resourceType: 'Patient', active: true };
const wish: Task = { resourceType: 'Task', status: 'requested', intent: 'order' };

/** What stands in the audit of one service of the test server, oldest first. */
interface Entry {
  agent: string;
  organisation: string | null;
  role: string | null;
  interaction: string;
  status: number | null;
  target: string | null;
  query: string | null;
  purpose: string | null;
  entities: string[];
  patients: string[];
}

describe('the audit of requests', () => {
  let server: RunningServer;
  let owner: pg.Client;

  beforeAll(async () => {
    server = await startServer();
    owner = new pg.Client({ connectionString: server.databaseUrl, options: '-c search_path=referral' });
    await owner.connect();
  });
  afterAll(async () => {
    await owner.end();
    await server.stop();
  });

  let requests = 0;
  /** The entries that a call leaves, by its request id. */
  async function entriesOf(request: string, sent: Parameters<RunningServer['call']>[1] = {}): Promise<Entry[]> {
    requests += 1;
    const id = `request-${String(requests)}`;
    await server.call(request, { ...sent, headers: { ...sent.headers, 'x-request-id': id } });
    const { rows } = await owner.query<Entry>(
      `SELECT agent, organisation, role, interaction, status, target, query, purpose, entities, patients
       FROM audit_event WHERE request_id = $1 ORDER BY n`,
      [id],
    );
    return rows;
  }

  async function created(): Promise<string> {
    const { body } = await server.call('POST /fhir/Patient', { body: patient });
    return (body as Patient).id ?? '';
  }

  const practice = { agent: 'gp-practice', organisation: 'moor-practice', role: 'practice', purpose: null };

  it('has one entry of a write, from its own statement', async () => {
    const entries = await entriesOf('POST /fhir/Patient', { body: patient });
    expect(entries).toMatchObject([
      { ...practice, interaction: 'create', status: null, target: 'Patient', query: null },
    ]);
    const [, id = ''] = /^Patient\/([^/]+)\/_history\/1$/.exec(entries[0]?.entities[0] ?? '') ?? [];
    expect(entries[0]?.patients).toEqual([`Patient/${id}`]);
  });

  it('keeps the ids of the NHSD headers, and no name in them', async () => {
    const said = { identifier: [{ value: 'RCD' }], name: 'A trust' };
    const headers = {
      'x-request-id': 'request-nhsd',
      'nhsd-end-user-organisation': Buffer.from(JSON.stringify(said)).toString('base64'),
    };
    await server.call('POST /fhir/Patient', { body: patient, headers });
    await server.call('POST /fhir/Patient', { body: patient, headers });
    const { rows } = await owner.query(
      "SELECT status, nhsd FROM audit_event WHERE request_id = 'request-nhsd' ORDER BY n",
    );
    const nhsd = '{"organisation":"RCD"}';
    expect(rows).toEqual([
      { status: null, nhsd },
      { status: 409, nhsd },
    ]);
  });

  it('tells of a read what was shown, whose record it was and for what purpose', async () => {
    const id = await created();
    expect(await entriesOf(`GET /fhir/Patient/${id}`, { headers: { 'x-purpose-of-use': 'TREAT' } })).toEqual([
      {
        ...practice,
        purpose: 'TREAT',
        interaction: 'read',
        status: 200,
        target: `Patient/${id}`,
        query: null,
        entities: [`Patient/${id}/_history/1`],
        patients: [`Patient/${id}`],
      },
    ]);
  });

  it('tells of a search everyone in the answer, and of its parameters the names only', async () => {
    const id = await created();
    const task: Task = {
      resourceType: 'Task',
      status: 'requested',
      intent: 'order',
      for: { reference: `Patient/${id}` },
    };
    const { body } = await server.call('POST /fhir/Task', { body: task });
    const taskId = (body as Task).id ?? '';
    const [entry] = await entriesOf(`GET /fhir/Task?_id=${taskId}&status=requested`);
    expect(entry).toMatchObject({
      interaction: 'search',
      target: 'Task',
      entities: [`Task/${taskId}/_history/1`],
      patients: [`Patient/${id}`],
      query: expect.stringMatching(/^_id,status~[\w-]{22}$/) as string,
    });
    const [byForm] = await entriesOf('POST /fhir/Task/_search', {
      body: `_id=${taskId}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(byForm).toMatchObject({ interaction: 'search', entities: [`Task/${taskId}/_history/1`] });
  });

  it('tells of a batch each entry by itself', async () => {
    const id = await created();
    const body: Bundle = {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [
        { request: { method: 'GET', url: `Patient/${id}` } },
        { request: { method: 'GET', url: 'Patient/none' } },
        { request: { method: 'POST', url: 'Patient' }, resource: patient },
      ],
    };
    const entries = await entriesOf('POST /fhir', { body });
    expect(entries.map(({ interaction, status }) => `${interaction} ${String(status)}`).sort()).toEqual([
      'create null',
      'read 200',
      'read 404',
      'transaction 200',
    ]);
  });

  it.each([
    ['a caller without a token', 'GET /fhir/Patient', { token: '' }, 'anonymous', 401],
    ['an interaction that the role does not have', 'GET /fhir/Patient', { token: 'analyst' }, 'analyst', 403],
    ['what is not there', 'GET /fhir/Patient/9434765919', {}, 'gp-practice', 404],
    ['a search that is not understood', 'GET /fhir/Patient?nhsnumber=9434765919', {}, 'gp-practice', 400],
    [
      'a body that is no resource',
      'POST /fhir/Patient',
      { body: { resourceType: 'Patient', gender: 3 } },
      'gp-practice',
      400,
    ],
    ['an address that nobody serves', 'GET /fhir/Nothing/9434765919', {}, 'gp-practice', 404],
  ])('has an entry of %s that was refused, without what it named', async (_title, request, sent, agent, status) => {
    const entries = await entriesOf(request, sent);
    expect(entries).toMatchObject([{ agent, status, entities: [], patients: [] }]);
    expect(JSON.stringify(entries)).not.toMatch(/9434765919|nhsnumber/);
  });

  it.each([
    ['in the name of a parameter', 'GET /fhir/Patient?Dunnockshaw=1', { headers: { prefer: 'handling=lenient' } }],
    [
      'as another server gives it to a Patient',
      'POST /fhir/Task',
      { body: { ...wish, for: { reference: 'https://pds.example/Patient/9434765919' } } },
    ],
  ])('keeps no number or name %s', async (_title, request, sent) => {
    const entries = await entriesOf(request, sent);
    expect(entries.length).toBeGreaterThan(0);
    expect(JSON.stringify(entries)).not.toMatch(/9434765919|Dunnockshaw/);
  });

  it('has no entry of what the server says of itself', async () => {
    expect(await entriesOf('GET /fhir/metadata')).toEqual([]);
  });

  it('tells nothing where it cannot be entered', async () => {
    const id = await created();
    await owner.query('REVOKE INSERT ON audit_event FROM test_referral');
    const answer = await server.call(`GET /fhir/Patient/${id}`);
    const refused = await server.call('GET /fhir/Patient/none');
    await owner.query('GRANT INSERT ON audit_event TO test_referral');
    expect([answer.status, refused.status]).toEqual([503, 503]);
    expect(answer.text).not.toContain(id);
    expect(answer.headers.get('retry-after')).toBe('5');
    expect((await server.call(`GET /fhir/Patient/${id}`)).status).toBe(200);
  });
});
