import type { FhirResource, OperationOutcome, Parameters, StructureDefinition, Task } from 'fhir/r4';
import { type Answer, issuesOf, type RunningServer, type Sent, startServer } from '../../test/running-server.js';

const profile: StructureDefinition = {
  resourceType: 'StructureDefinition',
  url: 'https://example.org/StructureDefinition/urgent-task',
  name: 'UrgentTask',
  status: 'draft',
  kind: 'resource',
  abstract: false,
  type: 'Task',
  baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Task',
  derivation: 'constraint',
  differential: { element: [{ id: 'Task.priority', path: 'Task.priority', min: 1 }] },
};

/** Without a narrative every resource is told that it had better have one (dom-6). */
const text = { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">A task</div>' } as const;

const task: Task = {
  resourceType: 'Task',
  text,
  status: 'requested',
  intent: 'order',
  owner: { reference: 'Organization/healthy-living' },
};

let server: RunningServer;

beforeAll(async () => {
  const packages = [{ name: 'example.urgent', version: '1.0.0', definitions: [profile], dependencies: [] }];
  server = await startServer({ packages });
});
afterAll(async () => {
  await server.stop();
});

async function judged(address: string, body: unknown, sent: Sent = {}): Promise<Answer> {
  return server.call(`POST /fhir/${address}`, { body, ...sent });
}

function wrapped(resource: unknown, more: Parameters['parameter'] = []): unknown {
  return { resourceType: 'Parameters', parameter: [{ name: 'resource', resource }, ...more] };
}

/** Status, then severity, code and place of each issue. */
function said(answer: Answer): unknown[] {
  const places = issuesOf(answer).map(({ severity, code, expression = [] }) => [severity, code, ...expression]);
  return [answer.status, ...places];
}

const noIssues = [200, ['information', 'informational']];

async function stored(): Promise<string> {
  const { body } = await server.call('POST /fhir/Task', { body: task });
  return (body as Task).id ?? '';
}

describe('$validate', () => {
  it('says that there are no issues, of a resource by itself and in Parameters', async () => {
    const answers = [await judged('Task/$validate', task), await judged('Task/$validate', wrapped(task))];
    expect(answers.map(said)).toEqual([noIssues, noIssues]);
    expect((answers[0]?.body as OperationOutcome).issue[0]?.diagnostics).toBe('No issues.');
  });

  it('answers 200 with every issue of what is wrong, and stores nothing', async () => {
    const wrong = { ...task, status: 'begun', colour: 'red', intent: undefined };
    const before = await server.call('GET /fhir/Task?_summary=count');
    const answer = await judged('Task/$validate', wrapped(wrong, [{ name: 'mode', valueCode: 'create' }]));
    const [status, ...issues] = said(answer) as [number, ...[string, string, string][]];
    expect([status, issues.map(([severity, , place]) => `${severity} ${place}`).sort()]).toEqual([
      200,
      ['error Task.colour', 'error Task.intent', 'error Task.status'],
    ]);
    expect((await server.call('GET /fhir/Task?_summary=count')).body).toEqual(before.body);
  });

  it('holds a resource against the type of the address', async () => {
    const [status, issue] = said(await judged('Patient/$validate', task));
    expect([status, issue]).toEqual([200, ['error', 'invalid', 'Task']]);
  });

  it('holds a resource against a profile of a package', async () => {
    const url = profile.url;
    const answers = [
      await judged(`Task/$validate?profile=${url}`, task),
      await judged('Task/$validate', wrapped(task, [{ name: 'profile', valueUri: url }])),
      await judged(`Task/$validate?profile=${url}`, { ...task, priority: 'urgent' }),
      await judged('Task/$validate', { ...task, meta: { profile: [url] } }),
    ];
    const required = [200, ['error', 'required', 'Task.priority']];
    expect(answers.map(said)).toEqual([required, required, noIssues, required]);
  });

  it('judges what lies at an address', async () => {
    const id = await stored();
    const answers = [
      await server.call(`GET /fhir/Task/${id}/$validate`),
      await server.call(`GET /fhir/Task/${id}/$validate?profile=${profile.url}`),
      await server.call('GET /fhir/Task/none/$validate'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 404]);
  });

  it('judges nothing that lies where the caller’s role may not read', async () => {
    const answers = await Promise.all(
      [await stored(), 'not-there'].map((id) => server.call(`GET /fhir/Task/${id}/$validate`, { token: 'analyst' })),
    );
    expect(answers.map((answer) => said(answer))).toEqual([
      [403, ['error', 'forbidden']],
      [403, ['error', 'forbidden']],
    ]);
  });

  it('with a mode says what the rules of the type would say, and plans only', async () => {
    const id = await stored();
    const inMode = (valueCode: string, resource: FhirResource): unknown =>
      wrapped(resource, [{ name: 'mode', valueCode }]);
    const answers = [
      await judged('Task/$validate', inMode('create', task)),
      await judged(`Task/${id}/$validate`, inMode('update', { ...task, id })),
      await judged('Task/none/$validate', inMode('update', { ...task, id: 'none' })),
      await judged('Task/$validate', inMode('update', task)),
      await judged(`Task/${id}/$validate`, inMode('update', { ...task, id: 'other' })),
      await judged('Organization/$validate', inMode('create', { resourceType: 'Organization', text, name: 'A' })),
    ];
    expect(answers.map(said)).toEqual([
      noIssues,
      noIssues,
      [200, ['error', 'not-found']],
      [200, ['error', 'required', 'Task.id']],
      [200, ['error', 'value', 'Task.id']],
      [200, ['error', 'forbidden']],
    ]);
    const { body } = await server.call(`GET /fhir/Task/${id}`);
    expect((body as Task).meta?.versionId).toBe('1');
  });

  it('says whether a resource could be deleted', async () => {
    const id = await stored();
    const body = { resourceType: 'Parameters', parameter: [{ name: 'mode', valueCode: 'delete' }] };
    const answers = [await judged(`Task/${id}/$validate`, body), await judged('Task/none/$validate', body)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(issuesOf(answers[1] as Answer)[0]?.code).toBe('not-found');
    expect((await server.call(`GET /fhir/Task/${id}`)).status).toBe(200);
  });

  it('judges a Bundle and other types that are only sent', async () => {
    const bundle = { resourceType: 'Bundle', type: 'collection', entry: [{ resource: { ...task, status: 'begun' } }] };
    const [status, issue] = said(await judged('Bundle/$validate', bundle)) as [number, string[]];
    expect([status, issue[2]]).toEqual([200, 'Bundle.entry[0].resource.status']);
  });

  it('refuses only what is no such request', async () => {
    const answers = [
      await judged('Task/$validate', {
        resourceType: 'Parameters',
        parameter: [{ name: 'mode', valueCode: 'create' }],
      }),
      await judged('Task/$validate', wrapped(task, [{ name: 'mode', valueCode: 'store' }])),
      await judged('Task/$validate?colour=red', task),
      await judged('Task/$validate', [task]),
      await judged('Task/$validate', '{"resourceType":'),
      await judged('Task/$validate', wrapped(task, [{ name: 'mode', valueCode: 7 } as never])),
      await server.call('POST /fhir/Task/$validate', { body: task, token: '' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400, 400, 401]);
    expect(issuesOf(answers[0] as Answer)[0]?.diagnostics).toBe('The parameter resource is missing.');
  });
});
