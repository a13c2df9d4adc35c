import type { Bundle, FhirResource, Patient, ServiceRequest, Task } from 'fhir/r4';
import type { InnerRequest } from '../inner-request.js';
import { type Answer, baseUrl, issuesOf, type RunningServer, startServer } from '../../test/running-server.js';

const responses = [
  { resourceType: 'QuestionnaireResponse', id: 'q1', status: 'completed' },
  { resourceType: 'QuestionnaireResponse', id: 'q2', status: 'completed' },
];

describe('everything', () => {
  let server: RunningServer;
  let asked: InnerRequest[] = [];
  let patient = '';
  let request = '';
  const tasks: string[] = [];
  let walk = '';

  beforeAll(async () => {
    server = await startServer({
      askOwner: (owner, requests) => {
        asked.push(...requests);
        return Promise.resolve(
          requests.map(({ url }) => {
            const isTheirs = owner === 'questionnaire' && url.startsWith('QuestionnaireResponse?subject=Patient');
            const entry = isTheirs ? responses.map((resource) => ({ resource })) : [];
            return { status: 200, content: JSON.stringify({ resourceType: 'Bundle', type: 'searchset', entry }) };
          }),
        );
      },
    });
    walk = await made('HealthcareService', { resourceType: 'HealthcareService', active: true }, 'provider');
    patient = await made('Patient', { resourceType: 'Patient' } satisfies Patient);
    const referral: ServiceRequest = {
      resourceType: 'ServiceRequest',
      status: 'active',
      intent: 'order',
      subject: { reference: `Patient/${patient}` },
    };
    request = await made('ServiceRequest', referral);
    await made('ServiceRequest', { ...referral, occurrenceDateTime: '2025-01-01' });
    for (let at = 0; at < 5; at++) {
      const task: Task = {
        resourceType: 'Task',
        status: 'requested',
        intent: 'order',
        for: { reference: `Patient/${patient}` },
        ...(at === 0 ? { focus: { reference: `ServiceRequest/${request}` } } : {}),
        ...(at === 1 ? { partOf: [{ reference: `Task/${tasks[0] ?? ''}` }] } : {}),
        owner: { reference: `HealthcareService/${walk}` },
        ...(at === 2 ? { authoredOn: '2024-05-05T10:00:00Z' } : {}),
      };
      tasks.push(await made('Task', task));
    }
    await made(
      'Task',
      { resourceType: 'Task', status: 'requested', intent: 'order', for: { reference: `Patient/${patient}` } },
      'other',
    );
    await made('Patient', { resourceType: 'Patient' });
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    asked = [];
  });

  async function made(type: string, body: FhirResource, token = 'practice'): Promise<string> {
    const { body: created, text } = await server.call(`POST /fhir/${type}`, { body, token });
    const { id } = created as { id?: string };
    if (id === undefined) throw new Error(text);
    return id;
  }

  function told(answer: Answer): { match: string[]; include: string[]; next: string | undefined } {
    const { entry = [], link = [] } = answer.body as Bundle<FhirResource>;
    const of = (mode: string): string[] =>
      entry
        .filter(({ search }) => search?.mode === mode)
        .map(({ resource }) => `${resource?.resourceType ?? ''}/${resource?.id ?? ''}`);
    return { match: of('match'), include: of('include'), next: link.find(({ relation }) => relation === 'next')?.url };
  }

  it('about a patient is the patient, what points to it wherever it is owned, once, and what that names', async () => {
    const { match, include, next } = told(await server.call(`GET /fhir/Patient/${patient}/$everything`));
    expect([new Set(match).size, next, include]).toEqual([match.length, undefined, [`HealthcareService/${walk}`]]);
    expect(match[0]).toBe(`Patient/${patient}`);
    expect(match.map((name) => name.split('/')[0]).sort()).toEqual([
      'Patient',
      'QuestionnaireResponse',
      'QuestionnaireResponse',
      'ServiceRequest',
      'ServiceRequest',
      'Task',
      'Task',
      'Task',
      'Task',
      'Task',
    ]);
    expect(asked.map(({ caller }) => caller.client)).toEqual(asked.map(() => 'gp-practice'));
  });

  it('comes in pages that lose and double nothing', async () => {
    const { match } = told(await server.call(`GET /fhir/Patient/${patient}/$everything`));
    for (const count of [1, 2, 3, 7]) {
      const found: string[] = [];
      let next: string | undefined = `${baseUrl}/Patient/${patient}/$everything?_count=${String(count)}`;
      for (let page = 0; next !== undefined && page < 20; page++) {
        const answer: ReturnType<typeof told> = told(await server.call(`GET /fhir${next.slice(baseUrl.length)}`));
        found.push(...answer.match);
        next = answer.next;
      }
      expect(found).toEqual(match);
    }
  });

  it('about a referral is what hangs on it and on its Tasks', async () => {
    const { match, include } = told(await server.call(`GET /fhir/ServiceRequest/${request}/$everything`));
    expect(match.sort()).toEqual(
      [`ServiceRequest/${request}`, `Task/${tasks[0] ?? ''}`, `Task/${tasks[1] ?? ''}`].sort(),
    );
    expect(include.sort()).toEqual([`HealthcareService/${walk}`, `Patient/${patient}`]);
  });

  it('keeps to types and times', async () => {
    const typed = told(await server.call(`GET /fhir/Patient/${patient}/$everything?_type=Task,Appointment`));
    const since = told(await server.call(`GET /fhir/Patient/${patient}/$everything?_since=2999-01-01`));
    const body = {
      resourceType: 'Parameters',
      parameter: [
        { name: 'start', valueDate: '2024-01-01' },
        { name: 'end', valueDate: '2024-12-31' },
        { name: '_type', valueCode: 'Task' },
        { name: '_type', valueCode: 'ServiceRequest' },
      ],
    };
    const cared = told(await server.call(`POST /fhir/Patient/${patient}/$everything`, { body }));
    expect([typed.match.length, typed.include]).toEqual([6, []]);
    expect(since.match.filter((name) => !name.startsWith('QuestionnaireResponse'))).toEqual([`Patient/${patient}`]);
    // What has no date comes too; the referral of 2025 does not.
    expect(cared.match.filter((name) => name.startsWith('Task/')).sort()).toEqual(
      [...tasks].map((id) => `Task/${id}`).sort(),
    );
    expect(cared.match.filter((name) => name.startsWith('ServiceRequest/'))).toEqual([`ServiceRequest/${request}`]);
  });

  it.each([
    ['practice', 'none/$everything', 404, 'There is no Patient'],
    ['provider', '$everything', 404, 'There is no Patient'],
    ['analyst', '$everything', 403, 'may not'],
    ['practice', '$everything?_type=Pateint', 400, 'which is no resource type'],
    ['practice', '$everything?_since=soon', 400, '_since must be a date'],
    ['practice', '$everything?stat=2024', 400, 'Did you mean start?'],
    ['practice', '$everything?_cursor=x', 400, 'This page link is not valid'],
  ])('refuses %s %s', async (token, path, status, diagnostics) => {
    const address = path.startsWith('none') ? path : `${patient}/${path}`;
    const answer = await server.call(`GET /fhir/Patient/${address}`, { token });
    expect([answer.status, issuesOf(answer)[0]?.diagnostics]).toEqual([status, expect.stringContaining(diagnostics)]);
  });
});
