import type { Bundle, CodeSystem, FhirResource, OperationOutcome, ValueSet } from 'fhir/r4';
import { Service } from '#service';
import { type Answer, startWorld, type World } from './world.js';

const plants = 'https://example.org/CodeSystem/plants';
const trees = 'https://example.org/ValueSet/trees';
const tree = { code: 'tree', concept: [{ code: 'oak', concept: [{ code: 'english-oak' }] }, { code: 'elm' }] };
const system: CodeSystem = {
  resourceType: 'CodeSystem',
  id: 'plants',
  url: plants,
  version: '1.0',
  status: 'active',
  content: 'complete',
  hierarchyMeaning: 'is-a',
  concept: [tree, { code: 'moss' }],
};

let world: World;

beforeAll(async () => {
  world = await startWorld();
  await put(system);
  await put(valueSetOf('trees', '1.0', ['oak']));
  await put(valueSetOf('trees-2', '2.0', ['english-oak', 'elm']));
  await put({ ...valueSetOf('drawing', '1.0', []), compose: { include: [{ valueSet: [`${trees}|1.0`] }] } });
  for (const code of ['oak', 'english-oak', 'elm', 'moss']) {
    await put({
      resourceType: 'Organization',
      id: code,
      active: true,
      name: code,
      type: [{ coding: [{ system: plants, code }] }],
    });
    const managed = { managingOrganization: { reference: `Organization/${code}` } };
    await put({ resourceType: 'Location', id: `by-the-${code}`, status: 'active', name: code, ...managed });
  }
}, 60_000);
afterAll(async () => {
  await world.stop();
});

function valueSetOf(id: string, version: string, codes: readonly string[]): ValueSet {
  const url = id.startsWith('trees') ? trees : `https://example.org/ValueSet/${id}`;
  const compose = { include: [{ system: plants, concept: codes.map((code) => ({ code })) }] };
  return { resourceType: 'ValueSet', id, url, version, status: 'active', compose };
}

async function put(resource: FhirResource): Promise<void> {
  const path = `/fhir/${resource.resourceType}/${resource.id ?? ''}`;
  const { status, text } = await world.send('integrator', { method: 'PUT', path, body: resource });
  if (status !== 200 && status !== 201) throw new Error(`${path}: ${String(status)} ${text}`);
}

function ask<R>(address: string): Promise<Answer<R>> {
  return world.send<R>('practice', { path: `/fhir/${address}` });
}

async function found(address: string): Promise<string> {
  const { status, body, text } = await ask<Bundle>(address);
  if (status !== 200) throw new Error(text);
  const ids = (body.entry ?? []).map(({ resource }) => resource?.id ?? '');
  return ids.sort().join(' ');
}

async function refusalOf(address: string): Promise<[number, string | undefined]> {
  const { status, body } = await ask<OperationOutcome>(address);
  return [status, body.issue[0]?.code];
}

describe('a search by what is stored of codes', () => {
  it.each([
    [`Organization?type:in=${trees}|1.0`, 'oak'],
    [`Organization?type:in=${trees}|2.0`, 'elm english-oak'],
    [`Organization?type:in=${trees}`, 'elm english-oak'],
    [`Organization?type:not-in=${trees}&_id=oak,elm`, 'oak'],
    ['Organization?type:in=https://example.org/ValueSet/drawing', 'oak'],
    [`Organization?type:in=${plants}?fhir_vs`.replace('?fhir_vs', '%3Ffhir_vs'), 'elm english-oak moss oak'],
    [`Organization?type:below=${plants}|oak`, 'english-oak oak'],
    [`Organization?type:above=${plants}|english-oak`, 'english-oak oak'],
    [`Organization?type:below=${plants}|tree`, 'elm english-oak oak'],
    [`Location?organization.type:in=${trees}|1.0`, 'by-the-oak'],
    [`Location?organization.type:below=${plants}|oak`, 'by-the-english-oak by-the-oak'],
    [`Organization?type:in=${trees}|1.0&type:below=${plants}|oak`, 'oak'],
  ])('%s', async (address, expected) => {
    expect(await found(address)).toBe(expected);
  });

  it.each([
    [`Organization?type:in=${trees}|3.0`, 'not-supported'],
    ['Organization?type:in=https://example.org/ValueSet/nobodys', 'not-supported'],
    ['Organization?type:below=https://example.org/CodeSystem/nobodys|oak', 'not-supported'],
    [`Organization?type:below=${plants}|rose`, 'not-supported'],
  ])('is refused where nobody knows it: %s', async (address, code) => {
    expect(await refusalOf(address)).toEqual([400, code]);
  });

  it('sees a change at once', async () => {
    const address = 'Organization?type:in=https://example.org/ValueSet/changing';
    await put(valueSetOf('changing', '1.0', ['oak']));
    expect(await found(address)).toBe('oak');
    await put(valueSetOf('changing', '1.0', ['moss']));
    expect(await found(address)).toBe('moss');
    const all = { ...valueSetOf('changing', '1.0', []), compose: { include: [{ system: plants }] } };
    await put(all);
    expect(await found(address)).toBe('elm english-oak moss oak');
    await put({ ...system, concept: [tree] });
    expect(await found(address)).toBe('elm english-oak oak');
    await put(system);
  });

  it('goes by what the reader may see', async () => {
    const own = { ...valueSetOf('own', '1.0', ['moss']) };
    const keeper = world.running.app
      .get<Service, Service>(Service, { strict: false, each: true })
      .find(({ definition }) => definition.name === 'questionnaire');
    await keeper?.store.commit([{ interaction: 'create', resource: own, audience: ['modality-airedale'] }], {
      agent: 'test',
      interaction: 'create',
      correlationId: 'test',
    });
    const address = 'Organization?type:in=https://example.org/ValueSet/own';
    const asIntegrator = await world.send<Bundle>('integrator', { path: `/fhir/${address}` });
    expect(asIntegrator.body.entry?.map(({ resource }) => resource?.id)).toEqual(['moss']);
    expect(await refusalOf(address)).toEqual([400, 'not-supported']);
  });

  it('is refused where it would be of too many codes', async () => {
    const concept = Array.from({ length: 5001 }, (_, at) => ({ code: `c${String(at)}` }));
    const url = 'https://example.org/CodeSystem/many';
    await put({ ...system, id: 'many', url, concept });
    await put({ ...valueSetOf('many', '1.0', []), compose: { include: [{ system: url }] } });
    expect(await refusalOf('Organization?type:in=https://example.org/ValueSet/many')).toEqual([400, 'too-costly']);
  });

  it('is a condition of a write as well', async () => {
    const body = {
      resourceType: 'Organization',
      name: 'Another',
      type: [{ coding: [{ system: plants, code: 'elm' }] }],
    };
    const headers = { 'if-none-exist': `type:in=${trees}|1.0` };
    const path = '/fhir/Organization';
    const { status, body: kept } = await world.send('integrator', { method: 'POST', path, body, headers });
    expect([status, kept.id]).toEqual([200, 'oak']);
  });
});
