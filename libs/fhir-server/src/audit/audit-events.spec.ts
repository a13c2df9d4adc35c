import pg from 'pg';
import type { AuditEvent, Bundle, Patient, Task } from 'fhir/r4';
import { everyone, isFault } from '#fhir';
import { createValidator } from '#fhir-validation';
import { Authenticator, type Caller } from '#auth';
import { type RunningServer, startServer } from '../../test/running-server.js';

const practice: Caller = {
  client: 'gp-practice',
  role: 'practice',
  organisation: 'moor-practice',
  audience: ['moor-practice', 'public'],
};
const callers: Readonly<Record<string, Caller>> = {
  practice,
  operator: { client: 'operator', role: 'operator', organisation: 'ginnel', audience: ['ginnel', 'public'] },
  integrator: { client: 'tester', role: 'integrator', organisation: 'green-gym', audience: ['green-gym', 'public'] },
  sandbox: { client: 'sandbox', role: 'integrator', audience: everyone },
};

class Named extends Authenticator {
  override authenticate(headers: Readonly<Record<string, string>>): Promise<Caller> {
    const caller = callers[(headers['authorization'] ?? '').replace('Bearer ', '')];
    return caller ? Promise.resolve(caller) : Promise.reject(new Error('A test names no such caller.'));
  }
}

describe('AuditEvent', () => {
  let server: RunningServer;
  let owner: pg.Client;
  let patientId: string;

  beforeAll(async () => {
    server = await startServer({ authenticator: new Named() });
    owner = new pg.Client({ connectionString: server.databaseUrl });
    await owner.connect();
    const patient: Patient = { resourceType: 'Patient', active: true };
    const { body } = await server.call('POST /fhir/Patient', { body: patient });
    patientId = (body as Patient).id ?? '';
    await server.call(`GET /fhir/Patient/${patientId}`, {
      headers: { 'x-request-id': 'read-1', 'x-purpose-of-use': 'TREAT' },
    });
    await server.call('GET /fhir/HealthcareService', { token: 'sandbox' });
    await server.call('GET /fhir/Patient/not-there');
    const task: Task = {
      resourceType: 'Task',
      status: 'requested',
      intent: 'order',
      for: { reference: `Patient/${patientId}` },
    };
    await server.call('POST /fhir/Task', { body: task });
    await server.call('GET /fhir/Task?status=requested');
  });
  afterAll(async () => {
    await owner.end();
    await server.stop();
  });

  async function found(query: string, token = 'operator'): Promise<AuditEvent[]> {
    const { body, text, status } = await server.call(`GET /fhir/AuditEvent?${query}`, { token });
    if (status !== 200) throw new Error(text);
    return ((body as Bundle<AuditEvent>).entry ?? []).flatMap(({ resource }) => resource ?? []);
  }

  it('is an AuditEvent by IHE Basic Audit Log Patterns', async () => {
    const [event] = await found(`patient=${patientId}&action=R`);
    expect(event).toMatchObject({
      meta: { profile: ['https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PatientRead'] },
      type: { code: 'rest' },
      subtype: [{ system: 'http://hl7.org/fhir/restful-interaction', code: 'read' }],
      action: 'R',
      outcome: '0',
      agent: [
        { type: { coding: [{ code: '110152' }] }, who: { identifier: { value: 'gp-practice' } }, requestor: false },
        { type: { coding: [{ code: '110153' }] }, who: { identifier: { value: 'referral' } }, requestor: false },
        {
          who: { reference: 'Organization/moor-practice' },
          requestor: true,
          purposeOfUse: [{ coding: [{ code: 'TREAT' }] }],
        },
      ],
      entity: [
        { what: { reference: `Patient/${patientId}` }, role: { code: '1' } },
        { what: { reference: `Patient/${patientId}/_history/1` }, role: { code: '4' } },
        { what: { identifier: { value: 'read-1' } }, type: { code: 'XrequestId' } },
        {},
      ],
    });
    const read = await server.call(`GET /fhir/AuditEvent/${event?.id ?? ''}`, { token: 'operator' });
    expect(read.body).toEqual(event);
  });

  it('is valid, whatever was done or refused', async () => {
    const validator = createValidator();
    const events = await found('_count=100');
    expect(events.length).toBeGreaterThan(5);
    for (const event of events) expect(validator.validate(event).filter(isFault)).toEqual([]);
  });

  it.each<[string, (patient: string) => string, string[]]>([
    [
      'by patient',
      (id) => `patient=Patient/${id}&agent=Organization/moor-practice`,
      ['search-type', 'create', 'read', 'create'],
    ],
    ['by entity, any version', (id) => `entity=Patient/${id}&action=C`, ['create', 'create']],
    ['by what was asked for in vain', () => 'entity=Patient/not-there', ['read']],
    ['by outcome', () => 'outcome=4&action=R', ['read']],
    ['by organisation', () => 'agent=Organization/moor-practice&action=R', ['read', 'read']],
    ['by client', () => 'agent:identifier=https://ginnel.org.uk/fhir/Id/client|sandbox&action=E', ['search-type']],
    ['by period', () => 'date=ge2020-01-01&date=lt2021-01-01', []],
  ])('is found %s, newest first', async (_title, query, interactions) => {
    const events = await found(query(patientId));
    expect(events.map(({ subtype }) => subtype?.[0]?.code)).toEqual(interactions);
  });

  it('is paged over all services without a gap or a double', async () => {
    const all = await found('date=ge2020-01-01&action=C,R,E&_count=100');
    const until = all[0]?.recorded ?? '';
    const ids: string[] = [];
    let next: string | undefined = `/fhir/AuditEvent?date=le${until}&_count=2`;
    while (next !== undefined) {
      const { body } = await server.call(`GET ${next}`, { token: 'operator' });
      const { entry = [], link = [] } = body as Bundle<AuditEvent>;
      ids.push(...entry.map(({ resource }) => resource?.id ?? ''));
      next = link.find(({ relation }) => relation === 'next')?.url.replace('https://ginnel.example', '');
    }
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(all.map(({ id }) => id)));
    expect(ids.some((id) => id.startsWith('activity-directory.'))).toBe(true);
  });

  it('counts what there is', async () => {
    const { body } = await server.call(`GET /fhir/AuditEvent?patient=${patientId}&action=C&_summary=count`, {
      token: 'operator',
    });
    expect(body).toMatchObject({ type: 'searchset', total: 2 });
  });

  it('shows an integrator of one organisation what its own clients did, and others nothing', async () => {
    expect(await found(`patient=${patientId}`, 'integrator')).toEqual([]);
    expect((await found(`patient=${patientId}&action=C`, 'sandbox')).length).toBe(2);
    const [event] = await found(`patient=${patientId}`);
    const answers = [
      await server.call(`GET /fhir/AuditEvent/${event?.id ?? ''}`, { token: 'integrator' }),
      await server.call('GET /fhir/AuditEvent/referral.00000000-0000-0000-0000-000000000000', { token: 'integrator' }),
      await server.call('GET /fhir/AuditEvent'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 403]);
    expect(answers[0]?.text).toBe(answers[1]?.text);
  });

  it.each(['patient:missing=true', '_sort=date', '_include=AuditEvent:entity', 'site=x', 'patient=1&patient=2'])(
    'refuses %s with 400',
    async (query) => {
      expect((await server.call(`GET /fhir/AuditEvent?${query}`, { token: 'operator' })).status).toBe(400);
    },
  );

  it('is never written by a client, and stands in the CapabilityStatement', async () => {
    const written = await server.call('POST /fhir/AuditEvent', {
      token: 'sandbox',
      body: { resourceType: 'AuditEvent' },
    });
    expect(written.status).toBe(405);
    const { text } = await server.call('GET /fhir/metadata');
    expect(text).toContain('"type":"AuditEvent","interaction":[{"code":"read"},{"code":"search-type"}]');
  });
});
