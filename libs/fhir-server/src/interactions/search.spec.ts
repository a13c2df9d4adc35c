import type { Bundle, HealthcareService, Task } from 'fhir/r4';
import { baseUrl, issuesOf, type RunningServer, startServer } from '../../test/running-server.js';

let server: RunningServer;
let service: HealthcareService;
let tasks: Task[];

beforeAll(async () => {
  server = await startServer();
  const walk = { resourceType: 'HealthcareService', active: true, name: 'Walking group' };
  service = (await server.call('POST /fhir/HealthcareService', { token: 'provider', body: walk }))
    .body as HealthcareService;
  tasks = [];
  for (const status of ['requested', 'requested', 'received', 'requested']) {
    tasks.push((await server.call('POST /fhir/Task', { body: taskOf(status) })).body as Task);
  }
  await server.call('POST /fhir/Task', { token: 'other', body: taskOf('requested') });
});
afterAll(async () => {
  await server.stop();
});

function taskOf(status: string): object {
  return {
    resourceType: 'Task',
    status,
    intent: 'order',
    focus: { reference: `HealthcareService/${service.id ?? ''}` },
  };
}

async function found(request: string, sent = {}): Promise<Bundle> {
  const answer = await server.call(request, sent);
  expect(answer.status).toBe(200);
  return answer.body as Bundle;
}

function idsIn(bundle: Bundle): (string | undefined)[] {
  return (bundle.entry ?? []).map(({ resource }) => resource?.id);
}

describe('search', () => {
  it('answers a searchset of the stored resources, under the configured base', async () => {
    const bundle = await found('GET /fhir/Task?status=received&_total=accurate&_format=json');
    const [, , received] = tasks;
    expect(bundle).toEqual({
      resourceType: 'Bundle',
      type: 'searchset',
      total: 1,
      link: [{ relation: 'self', url: `${baseUrl}/Task?status=received&_total=accurate&_format=json` }],
      entry: [{ fullUrl: `${baseUrl}/Task/${received?.id ?? ''}`, resource: received, search: { mode: 'match' } }],
    });
  });

  it('has no entries and no empty list where nothing is found', async () => {
    const bundle = await found('GET /fhir/Task?status=completed');
    expect(bundle).toEqual({
      resourceType: 'Bundle',
      type: 'searchset',
      link: [{ relation: 'self', url: `${baseUrl}/Task?status=completed` }],
    });
  });

  it('takes the parameters of a form and of the address together', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const bundle = await found('POST /fhir/Task/_search?status=requested', { body: '_count=2&_sort=_id', headers });
    expect(bundle.entry).toHaveLength(2);
    expect(bundle.link?.map(({ relation }) => relation)).toEqual(['self', 'next']);
  });

  it('leads through all pages by its next links, each resource once', async () => {
    const seen: (string | undefined)[] = [];
    let next: string | undefined = '/fhir/Task?_count=1&_sort=_id';
    while (next !== undefined) {
      const page: Bundle = await found(`GET ${next}`);
      seen.push(...idsIn(page));
      const url = page.link?.find(({ relation }) => relation === 'next')?.url;
      next = url?.replace(baseUrl, '/fhir');
    }
    expect(seen).toEqual(tasks.map(({ id }) => id).sort());
  });

  it.each(['GET /fhir?_type=Task&_id=x', 'GET /fhir/_search?_type=Task', 'POST /fhir/_search'])(
    'of all types together is refused, and not answered by something else: %s',
    async (request) => {
      const answer = await server.call(request);
      expect([answer.status, issuesOf(answer)[0]?.diagnostics]).toEqual([
        400,
        'Search of all types together is not served; name a type.',
      ]);
    },
  );

  it('refuses the page link of another client', async () => {
    const page = await found('GET /fhir/Task?_count=1');
    const next = page.link?.find(({ relation }) => relation === 'next')?.url.replace(baseUrl, '/fhir') ?? '';
    const answer = await server.call(`GET ${next}`, { token: 'provider' });
    expect([answer.status, issuesOf(answer)[0]?.severity]).toEqual([400, 'error']);
  });

  it('includes what another service owns', async () => {
    const bundle = await found('GET /fhir/Task?status=received&_include=Task:focus');
    expect(bundle.entry?.map(({ resource, search }) => [resource?.resourceType, resource?.id, search?.mode])).toEqual([
      ['Task', tasks[2]?.id, 'match'],
      ['HealthcareService', service.id, 'include'],
    ]);
  });

  it('refuses an unknown parameter, or with lenient handling says that it left it out', async () => {
    const strict = await server.call('GET /fhir/Task?colour=red&status=received');
    expect([strict.status, issuesOf(strict).length]).toEqual([400, 1]);
    const lenient = await found('GET /fhir/Task?colour=red&status=received', {
      headers: { prefer: 'handling=lenient' },
    });
    expect(lenient.link).toEqual([{ relation: 'self', url: `${baseUrl}/Task?status=received` }]);
    expect(lenient.entry?.map(({ search }) => search?.mode)).toEqual(['match', 'outcome']);
    expect(lenient.entry?.[1]?.resource).toMatchObject({
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'warning' }],
    });
  });

  it('finds only what the caller may see', async () => {
    expect(idsIn(await found('GET /fhir/Task', { token: 'provider' }))).toEqual([]);
    expect((await found('GET /fhir/Task?_summary=count')).total).toBe(4);
  });
});

describe('a search whose include is owned by another process', () => {
  it('asks it, and gives nothing that the caller may not see or that was deleted', async () => {
    const asked: unknown[] = [];
    const other = await startServer({
      resolveAcross: (ids, reader) => {
        asked.push({ ids, reader });
        const [id] = ids;
        const stored = { type: 'Practitioner', id: id?.id ?? '', version: 1, lastUpdated: new Date(), deleted: false };
        const content = JSON.stringify({ resourceType: 'Practitioner', id: id?.id });
        return Promise.resolve([
          { ...stored, audience: ['public'], content },
          { ...stored, id: 'hidden', audience: ['green-gym'], content },
          { ...stored, id: 'gone', audience: ['public'], deleted: true, content: '' },
        ]);
      },
    });
    const task = {
      resourceType: 'Task',
      status: 'requested',
      intent: 'order',
      owner: { reference: 'Practitioner/p1' },
    };
    await other.call('POST /fhir/Task', { body: task });
    const answer = await other.call('GET /fhir/Task?_include=Task:owner');
    await other.stop();
    expect(asked).toEqual([{ ids: [{ type: 'Practitioner', id: 'p1' }], reader: ['moor-practice', 'public'] }]);
    expect((answer.body as Bundle).entry?.map(({ fullUrl, search }) => [fullUrl, search?.mode])).toEqual([
      [expect.stringContaining('/Task/'), 'match'],
      [`${baseUrl}/Practitioner/p1`, 'include'],
    ]);
  });
});
