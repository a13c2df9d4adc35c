import type {
  Bundle,
  CapabilityStatement,
  CapabilityStatementRest,
  CapabilityStatementRestResource,
  OperationDefinition,
  StructureDefinition,
} from 'fhir/r4';
import { type Answer, baseUrl, issuesOf, type RunningServer, startServer } from '../../test/running-server.js';

const profile: StructureDefinition = {
  resourceType: 'StructureDefinition',
  url: 'https://example.org/StructureDefinition/quick-task',
  version: '1.0.0',
  name: 'QuickTask',
  status: 'draft',
  kind: 'resource',
  abstract: false,
  type: 'Task',
  baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Task',
  derivation: 'constraint',
  differential: { element: [{ id: 'Task.priority', path: 'Task.priority', min: 1 }] },
};

/** Another one under the id of a definition of the specification. */
const namesake: StructureDefinition = { ...profile, id: 'Task', url: 'https://example.org/StructureDefinition/Task' };

let server: RunningServer;

beforeAll(async () => {
  const definitions = [profile, namesake];
  server = await startServer({
    packages: [{ name: 'example.tasks', version: '1.0.0', definitions, dependencies: [] }],
  });
});
afterAll(async () => {
  await server.stop();
});

function get(address: string, headers: Record<string, string> = {}): Promise<Answer> {
  return server.call(`GET /fhir/${address}`, { headers });
}

async function namesIn(address: string): Promise<string[]> {
  const { body } = await get(address);
  const entries = (body as Bundle<StructureDefinition>).entry ?? [];
  return entries.map(({ resource }) => resource?.name ?? '');
}

describe('definitions', () => {
  it('of the types that are served are read by id, whole and without what a vendor added', async () => {
    const answer = await get('StructureDefinition/Task');
    const task = answer.body as StructureDefinition;
    expect([answer.status, task.url, task.version]).toEqual([
      200,
      'http://hl7.org/fhir/StructureDefinition/Task',
      '4.0.1',
    ]);
    expect(task.snapshot?.element.find(({ path }) => path === 'Task.status')?.binding?.strength).toBe('required');
    const meta = (await get('StructureDefinition/Meta')).body as StructureDefinition;
    expect(meta.snapshot?.element.map(({ path }) => path)).toEqual([
      'Meta',
      'Meta.id',
      'Meta.extension',
      'Meta.versionId',
      'Meta.lastUpdated',
      'Meta.source',
      'Meta.profile',
      'Meta.security',
      'Meta.tag',
    ]);
  });

  it('are found by what they say, those of packages among them', async () => {
    const tasks = 'http://hl7.org/fhir/StructureDefinition/Task';
    const found = await Promise.all(
      [
        `StructureDefinition?url=${tasks}`,
        `StructureDefinition?base=${tasks}`,
        'StructureDefinition?type=Task&derivation=specialization',
        'StructureDefinition?name=quick',
        'StructureDefinition?name:exact=quick',
        'StructureDefinition?name:contains=icktas&status=draft,active&version=1.0.0&_id:missing=false',
        'StructureDefinition?kind=resource&abstract=true&_count=10',
        `StructureDefinition?url=${tasks}&status:not=draft`,
      ].map(namesIn),
    );
    expect(found).toEqual([
      ['Task'],
      ['QuickTask', 'QuickTask'],
      ['Task'],
      ['QuickTask', 'QuickTask'],
      [],
      ['QuickTask', 'QuickTask'],
      ['DomainResource', 'Resource'],
      [],
    ]);
  });

  it('of a package never take the place of the specification’s', async () => {
    const { ids } = pageOf(await get(`StructureDefinition?url=${namesake.url}`));
    const [id = ''] = ids;
    expect(ids).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
    expect((await get(`StructureDefinition/${id}`)).body).toMatchObject({ id, url: namesake.url });
  });

  it('are given page by page, each once', async () => {
    const found: string[] = [];
    let page = pageOf(await get('StructureDefinition?kind=resource&_count=40&_elements=name&_pretty=true'));
    found.push(...page.ids);
    expect(page.next).toMatch(/&_pretty=true$/);
    while (page.next !== undefined) {
      page = pageOf(await get(page.next));
      found.push(...page.ids);
    }
    expect([found.length, new Set(found).size]).toEqual([page.total, page.total]);
    expect(found.length).toBeGreaterThan(60);
  });

  it('are counted, searched by form, and shown in part or as XML', async () => {
    const counted = (await get('SearchParameter?_summary=count')).body as Bundle;
    expect([counted.entry, (counted.total ?? 0) > 200]).toEqual([undefined, true]);
    const byForm = await server.call('POST /fhir/SearchParameter/_search', {
      body: 'code=status&base=Task',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(byForm.body).toMatchObject({
      total: 1,
      entry: [{ resource: { url: expect.stringContaining('Task-status') as string } }],
    });
    const xml = await get('StructureDefinition/Period?_format=xml');
    expect([xml.status, xml.text.includes('<url value="http://hl7.org/fhir/StructureDefinition/Period"/>')]).toEqual([
      200,
      true,
    ]);
  });

  it('of search parameters and operations are where the CapabilityStatement says', async () => {
    const rest = restOf((await get('metadata')).body as CapabilityStatement);
    const operations = [rest, ...resourcesOf(rest)].flatMap(({ operation = [] }) => operation);
    const answers = await Promise.all(
      [...new Set(operations.map(({ definition }) => definition))].map((url) => get(url.slice(`${baseUrl}/`.length))),
    );
    const definitions = answers.map(({ body }) => body as OperationDefinition);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(definitions.map(({ code }) => code)).toContain('validate');
    const parameters = resourcesOf(rest).find(({ type }) => type === 'Task')?.searchParam ?? [];
    const found = await Promise.all(
      parameters
        .filter(({ name }) => !name.startsWith('_'))
        .map(async ({ definition }) => ((await get(`SearchParameter?url=${definition ?? ''}`)).body as Bundle).total),
    );
    expect(new Set(found)).toEqual(new Set([1]));
  });

  it('of operations in other processes are asked of them', async () => {
    const elsewhere: OperationDefinition = {
      resourceType: 'OperationDefinition',
      id: 'ValueSet-expand',
      url: `${baseUrl}/OperationDefinition/ValueSet-expand`,
      name: 'ValueSetExpand',
      status: 'active',
      kind: 'operation',
      code: 'expand',
      system: false,
      type: true,
      instance: true,
    };
    const asked = new Set<string>();
    const one = await startServer({
      askOwner: (owner, requests) => {
        asked.add(owner);
        const entry = owner === 'questionnaire' ? [{ resource: elsewhere }] : [];
        const content = JSON.stringify({ resourceType: 'Bundle', type: 'searchset', entry });
        return Promise.resolve(requests.map(() => ({ status: 200, content })));
      },
    });
    const answers = [
      await one.call('GET /fhir/OperationDefinition/ValueSet-expand'),
      await one.call('GET /fhir/OperationDefinition?code=expand'),
      await one.call('GET /fhir/OperationDefinition?code=expand', { headers: { 'x-ginnel-definitions': 'own' } }),
    ];
    await one.stop();
    expect(answers[0]?.body).toEqual(elsewhere);
    expect(answers.slice(1).map(({ body }) => (body as Bundle).total)).toEqual([1, 0]);
    expect([...asked].sort()).toEqual(['outcomes', 'questionnaire', 'subscriptions']);
  });

  it('are not written', async () => {
    const answers = await Promise.all([
      server.call('POST /fhir/StructureDefinition', { body: profile }),
      server.call('PUT /fhir/StructureDefinition/Task', { body: { ...profile, id: 'Task' } }),
      server.call('DELETE /fhir/StructureDefinition/Task'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([405, 405, 405]);
    expect(answers.map(({ headers }) => headers.get('allow'))).toEqual(['GET, HEAD', 'GET, HEAD', 'GET, HEAD']);
  });

  it('are not there, or not found so, in words that help', async () => {
    const answers = await Promise.all(
      [
        'StructureDefinition/Tsak',
        'StructureDefinition?nam=Task',
        'StructureDefinition?name:below=Task',
        'StructureDefinition?_count=many',
        'StructureDefinition/Task?name=x',
        'StructureDefinition/Task/_history',
      ].map((address) => get(address)),
    );
    expect(answers.map(({ status }) => status)).toEqual([404, 400, 400, 400, 400, 404]);
    const said = answers.map((answer) => issuesOf(answer)[0]?.diagnostics);
    expect(said[1]).toContain("The nearest known one is 'name'.");
    expect(said[2]).toContain(':exact');
    const lenient = await get('StructureDefinition?nam=Task&_count=1', { prefer: 'handling=lenient' });
    const bundle = lenient.body as Bundle;
    expect(bundle.link?.[0]?.url).toBe(`${baseUrl}/StructureDefinition?_count=1`);
    expect(bundle.entry?.at(-1)).toMatchObject({ search: { mode: 'outcome' } });
  });

  it('are for callers with a token', async () => {
    expect((await server.call('GET /fhir/StructureDefinition/Task', { token: '' })).status).toBe(401);
  });
});

function pageOf({ body }: Answer): { ids: string[]; total: number | undefined; next: string | undefined } {
  const { entry = [], link = [], total } = body as Bundle;
  const next = link.find(({ relation }) => relation === 'next')?.url.slice(`${baseUrl}/`.length);
  return { ids: entry.map(({ resource }) => resource?.id ?? ''), total, next };
}

function restOf({ rest }: CapabilityStatement): CapabilityStatementRest {
  return rest?.[0] ?? { mode: 'server' };
}

function resourcesOf({ resource = [] }: CapabilityStatementRest): CapabilityStatementRestResource[] {
  return resource;
}
