import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CodeSystem, OperationOutcome, Parameters, ParametersParameter, SearchParameter, ValueSet } from 'fhir/r4';
import { publicAudience } from '#fhir';
import { FhirStore } from '#fhir-store';
import { eventually } from './eventually.js';
import { type Answer, startWorld, type World } from './world.js';

let world: World;
const folder = mkdtempSync(join(tmpdir(), 'ginnel-package-'));
const plants = 'https://example.org/CodeSystem/plants';

const packaged: (CodeSystem | ValueSet | SearchParameter)[] = [
  {
    resourceType: 'SearchParameter',
    url: 'https://example.org/SearchParameter/task-note',
    name: 'note',
    status: 'active',
    description: 'Text of a note.',
    code: 'note',
    base: ['Task'],
    type: 'string',
    expression: 'Task.note.text',
  },
  {
    resourceType: 'CodeSystem',
    url: plants,
    status: 'active',
    content: 'complete',
    concept: [{ code: 'tree', display: 'Tree', concept: [{ code: 'oak', display: 'Oak' }] }],
  },
  {
    resourceType: 'ValueSet',
    url: 'https://example.org/ValueSet/trees',
    status: 'active',
    compose: { include: [{ system: plants, filter: [{ property: 'concept', op: 'descendent-of', value: 'tree' }] }] },
  },
];

beforeAll(async () => {
  for (const [at, resource] of packaged.entries())
    writeFileSync(join(folder, `${String(at)}.json`), JSON.stringify(resource));
  world = await startWorld({ packages: [folder] });
});

afterAll(async () => {
  await world.stop();
  rmSync(folder, { recursive: true });
});

function get<R>(address: string): Promise<Answer<R>> {
  return world.send<R>('integrator', { path: `/fhir/${address}` });
}

function post<R>(address: string, parameter: ParametersParameter[]): Promise<Answer<R>> {
  const body: Parameters = { resourceType: 'Parameters', parameter };
  return world.send<R>('integrator', { method: 'POST', path: `/fhir/${address}`, body });
}

function codesIn({ body }: Answer<ValueSet>): string[] | undefined {
  return body.expansion?.contains?.map(({ code }) => code ?? '');
}

function issueIn({ status, body }: Answer<OperationOutcome>): [number, string | undefined, string] {
  const [issue] = body.issue;
  return [status, issue?.code, issue?.diagnostics ?? ''];
}

function values({ body }: Answer<Parameters>): Record<string, unknown> {
  const parts = body.parameter ?? [];
  return Object.fromEntries(parts.map(({ name, ...value }) => [name, Object.values(value)[0]]));
}

const gender = 'http://hl7.org/fhir/ValueSet/administrative-gender';
const genders = 'http://hl7.org/fhir/administrative-gender';

describe('ValueSet/$expand', () => {
  it('lists the codes of the specification, of Ginnel and of a package', async () => {
    expect(codesIn(await get(`ValueSet/$expand?url=${gender}`))).toEqual(['male', 'female', 'other', 'unknown']);
    const readiness = await get<ValueSet>('ValueSet/$expand?url=https://ginnel.org.uk/fhir/ValueSet/readiness');
    expect(codesIn(readiness)?.length).toBeGreaterThan(2);
    expect(codesIn(await get('ValueSet/$expand?url=https://example.org/ValueSet/trees'))).toEqual(['oak']);
  });

  it('gives pages, filters, and takes a value set that is sent', async () => {
    const page = await get<ValueSet>(`ValueSet/$expand?url=${gender}&filter=m&count=1&offset=0`);
    expect([page.status, page.body.expansion?.total, codesIn(page)]).toEqual([200, 1, ['male']]);
    const valueSet: ValueSet = {
      resourceType: 'ValueSet',
      status: 'draft',
      compose: { include: [{ system: plants }], exclude: [{ system: plants, concept: [{ code: 'tree' }] }] },
    };
    expect(codesIn(await post('ValueSet/$expand', [{ name: 'valueSet', resource: valueSet }]))).toEqual(['oak']);
  });

  it('takes what is stored now, with what it draws on', async () => {
    const store = world.running.app
      .get(FhirStore, { strict: false, each: true })
      .find((each) => each.holds('ValueSet'));
    const act = { agent: 'test', interaction: 'create', correlationId: 'test' };
    const stored: ValueSet = {
      resourceType: 'ValueSet',
      id: 'greens',
      url: 'https://example.org/ValueSet/greens',
      status: 'active',
      compose: { include: [{ system: 'https://example.org/CodeSystem/greens' }] },
    };
    const system: CodeSystem = {
      resourceType: 'CodeSystem',
      id: 'greens',
      url: 'https://example.org/CodeSystem/greens',
      status: 'active',
      content: 'complete',
      concept: [{ code: 'lime' }],
    };
    const writes = [stored, system].map(
      (resource) => ({ interaction: 'create', resource, audience: publicAudience }) as const,
    );
    await store?.commit(writes, act);
    expect(codesIn(await get(`ValueSet/$expand?url=${stored.url ?? ''}`))).toEqual(['lime']);
    expect(codesIn(await get('ValueSet/greens/$expand'))).toEqual(['lime']);
    const looked = await get<Parameters>(`CodeSystem/$lookup?system=${system.url ?? ''}&code=lime`);
    expect(looked.status).toBe(200);
  });

  it('says what is missing, unknown or cannot be done', async () => {
    const answers = await Promise.all(
      [
        'ValueSet/$expand',
        'ValueSet/$expand?url=https://example.org/nothing',
        `ValueSet/$expand?url=${gender}&filtr=m`,
        `ValueSet/$expand?url=${gender}&count=some`,
        `ValueSet/$expand?url=${gender}&count=1&count=2`,
        'ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/condition-code',
        'ValueSet/none/$expand',
      ].map((address) => get<OperationOutcome>(address)),
    );
    expect(answers.map(issueIn)).toEqual([
      [400, 'required', 'The parameter url or valueSet is missing.'],
      [404, 'not-found', 'The value set of this url is not known here.'],
      [400, 'not-supported', expect.stringContaining('Did you mean filter?')],
      [400, 'value', 'The parameter count is not understood: a whole number from 0 is expected.'],
      [400, 'value', 'The parameter count is not understood: it is given more than once.'],
      [422, 'not-supported', expect.stringContaining('The code system http://snomed.info/sct is not known here.')],
      [404, 'not-found', 'There is no ValueSet at this address that you may see.'],
    ]);
  });
});

describe('the SearchParameters of a package', () => {
  it('are searched by once what is stored has been indexed, and served', async () => {
    const answer = await eventually(
      () => get('Task?note=oak'),
      ({ status }) => status === 200,
    );
    expect(answer.body).toMatchObject({ resourceType: 'Bundle', type: 'searchset' });
    const served = await get('SearchParameter?url=https://example.org/SearchParameter/task-note');
    expect(served.body).toMatchObject({ total: 1 });
  });
});

describe('$validate-code', () => {
  it('holds a code against a value set, by GET and POST', async () => {
    const right = await get<Parameters>(`ValueSet/$validate-code?url=${gender}&system=${genders}&code=female`);
    expect([right.status, values(right)]).toEqual([200, { result: true, display: 'Female' }]);
    const wrong = await post<Parameters>('ValueSet/$validate-code', [
      { name: 'url', valueUri: gender },
      { name: 'codeableConcept', valueCodeableConcept: { coding: [{ system: genders, code: 'woman' }] } },
    ]);
    expect([wrong.status, values(wrong)]).toEqual([
      200,
      { result: false, message: `The code 'woman' of ${genders} is not in the value set ${gender}.` },
    ]);
  });

  it('holds a code and its display against a code system', async () => {
    const answer = await get<Parameters>(`CodeSystem/$validate-code?url=${plants}&code=oak&display=Ash`);
    expect(values(answer)).toEqual({
      result: false,
      message: "The display of 'oak' is another: Oak.",
      display: 'Oak',
    });
    const coding = { system: plants, code: 'oak' };
    const right = await post<Parameters>('CodeSystem/$validate-code', [{ name: 'coding', valueCoding: coding }]);
    expect(values(right)).toMatchObject({ result: true });
  });

  it('says what it needs, and what it cannot tell', async () => {
    const answers = await Promise.all(
      [
        `ValueSet/$validate-code?url=${gender}&code=female`,
        `ValueSet/$validate-code?url=${gender}`,
        'CodeSystem/$validate-code?url=https://example.org/none&code=a',
        'ValueSet/$validate-code?url=http://hl7.org/fhir/ValueSet/condition-code&system=http://snomed.info/sct&code=1',
      ].map((address) => get<OperationOutcome>(address)),
    );
    expect(answers.map(issueIn)).toEqual([
      [400, 'required', 'The parameter system is missing.'],
      [400, 'required', 'The parameter code, coding or codeableConcept is missing.'],
      [404, 'not-found', 'The code system of this url, or this version of it, is not known here.'],
      [422, 'not-supported', expect.stringContaining('It cannot be told here')],
    ]);
  });
});

describe('CodeSystem/$lookup and $subsumes', () => {
  it('say what a system says of its codes', async () => {
    const looked = await get<Parameters>(`CodeSystem/$lookup?system=${genders}&code=other`);
    expect([looked.status, values(looked)]).toMatchObject([200, { name: 'AdministrativeGender', display: 'Other' }]);
    const compared = await get<Parameters>(`CodeSystem/$subsumes?system=${plants}&codeA=tree&codeB=oak`);
    expect(values(compared)).toEqual({ outcome: 'subsumes' });
  });

  it('say what is missing or unknown', async () => {
    const answers = await Promise.all(
      [
        `CodeSystem/$lookup?system=${genders}`,
        'CodeSystem/$lookup?code=a',
        `CodeSystem/$lookup?system=${genders}&code=woman`,
        `CodeSystem/$subsumes?system=${plants}&codeA=tree`,
        `CodeSystem/$subsumes?system=${plants}&codeA=tree&codeB=moss`,
      ].map((address) => get<OperationOutcome>(address)),
    );
    expect(answers.map(issueIn)).toEqual([
      [400, 'required', 'The parameter code is missing.'],
      [400, 'required', 'The parameter system is missing.'],
      [404, 'not-found', `The code is not known in the code system ${genders}.`],
      [400, 'required', 'The parameter codeB is missing.'],
      [400, 'code-invalid', `The code of codeB is not known in the code system ${plants}.`],
    ]);
  });

  it('are for every client, and for none without a token', async () => {
    const path = `/fhir/CodeSystem/$lookup?system=${genders}&code=other`;
    const statuses = await Promise.all(
      (['practice', 'provider-khl', undefined] as const).map(async (as) => (await world.send(as, { path })).status),
    );
    expect(statuses).toEqual([200, 200, 401]);
  });
});
