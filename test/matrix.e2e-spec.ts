import type { Bundle, CapabilityStatement, FhirResource, Provenance } from 'fhir/r4';
import { ownerOf, owners } from '#fhir';
import type { Write } from '#fhir-store';
import { Service } from '#service';
import { Definitions } from './matrix/definitions.js';
import { sampleOf } from './matrix/sample.js';
import { lastVariant } from './matrix/shapes.js';
import { type Described, type Sought, soughtOf } from './matrix/sought.js';
import { sampleCodeSystem, sampleValueSets } from './matrix/terminology.js';
import { type Answer, startWorld, type World } from './world.js';

let world: World;
let metadata: CapabilityStatement;
let definitions: Definitions;
/** Samples as they were stored, by type. */
const samples = new Map<string, FhirResource[]>();
const refused: string[] = [];

/** Those that others point to come first; the seeded directory is there already. */
const order = [
  ...owners['activity-directory'],
  ...owners.questionnaire,
  'Library',
  'Measure',
  ...owners.referral,
  ...owners.outcomes.filter((type) => type !== 'Library' && type !== 'Measure'),
  ...owners.subscriptions,
];

beforeAll(async () => {
  world = await startWorld();
  definitions = new Definitions(world);
  metadata = (await world.send<CapabilityStatement>(undefined, { path: '/fhir/metadata' })).body;
  // Of each type one, then the others: these may point to types that come later, too.
  for (const body of [sampleCodeSystem(), ...sampleValueSets()]) {
    const { status } = await world.send('integrator', { method: 'POST', path: `/fhir/${body.resourceType}`, body });
    expect(status).toBe(201);
  }
  for (const type of definitional) samples.set(type, await servedOf(type));
  for (let variant = 0; variant <= lastVariant; variant++) {
    for (const type of order) await createSample(type, variant);
  }
  await putSample(provenanceOf(samples.get('Patient')?.[0]?.id ?? ''), 'referral');
  for (const type of recorded) samples.set(type, await servedOf(type));
}, 120_000);
afterAll(async () => {
  await world.stop();
});

/** Made in the course of a referral, by its rules: their samples are put where they would be then. */
const governed: readonly string[] = [
  'Task',
  'Encounter',
  'Communication',
  'Appointment',
  'QuestionnaireResponse',
  'Observation',
  'Subscription',
];

/** Served from the build: their samples are there. */
const definitional = [
  'StructureDefinition',
  'SearchParameter',
  'OperationDefinition',
  'MessageDefinition',
  'CapabilityStatement',
];

/** Asked in the words of the Booking and Referral Standard, which differ from FHIR's: test/bars-queries.e2e-spec.ts asks them. */
function isBars(type: string, name: string): boolean {
  if (type === 'MessageDefinition') return name.split(':')[0] === 'context';
  return ['ServiceRequest', 'Appointment'].includes(type) && name === 'patient:identifier';
}

/** Written by the services themselves about what others do. */
const recorded = ['AuditEvent', 'Provenance'];

async function servedOf(type: string): Promise<FhirResource[]> {
  const { body } = await world.send<Bundle>('integrator', { path: `/fhir/${type}?_count=200` });
  return (body.entry ?? []).flatMap(({ resource }) => (resource ? [resource as FhirResource] : []));
}

async function createSample(type: string, variant: number): Promise<void> {
  const made = samples.get(type) ?? [];
  samples.set(type, made);
  const body = sampleOf(type, { variant, place });
  if (governed.includes(type)) {
    // On, it would be tried at an address that is nobody's, and change.
    made.push(await putSample(body.resourceType === 'Subscription' ? { ...body, status: 'off' } : body));
    return;
  }
  const answer = await world.send('integrator', { method: 'POST', path: `/fhir/${type}`, body });
  if (answer.status === 201) made.push(answer.body);
  else refused.push(`${type} ${String(variant)}: ${String(answer.status)} ${faultsIn(answer).join('; ')}`);
}

function faultsIn({ body }: Answer): string[] {
  if (body.resourceType !== 'OperationOutcome') return [];
  return body.issue
    .filter(({ severity }) => severity === 'error')
    .map(({ diagnostics = '', expression = [] }) => `${expression.join()}: ${diagnostics}`);
}

/** Of one type that every service keeps, each of its own writes. */
function provenanceOf(patient: string): Provenance {
  const recorded = '2026-03-14T09:30:00.000Z';
  const agent = [{ who: { reference: 'Organization/modality-airedale' } }];
  return { resourceType: 'Provenance', target: [{ reference: `Patient/${patient}` }], recorded, agent };
}

async function putSample(resource: FhirResource, by = ownerOf(resource.resourceType)): Promise<FhirResource> {
  const services = world.running.app.get<Service, Service>(Service, { strict: false, each: true });
  const owner = services.find(({ definition }) => definition.name === by);
  const write: Write = { interaction: 'create', resource, audience: ['modality-airedale'] };
  const act = { agent: 'matrix', interaction: 'create', correlationId: 'matrix' };
  const [stored] = (await owner?.store.commit([write], act)) ?? [];
  return JSON.parse(stored?.content ?? '') as FhirResource;
}

function place(targets: readonly string[]): string | undefined {
  // A reference without targets may name anything.
  for (const type of targets.length === 0 ? ['Patient'] : targets) {
    const id = samples.get(type)?.[0]?.id;
    if (id !== undefined) return `${type}/${id}`;
  }
  return undefined;
}

function served() {
  return (metadata.rest?.[0]?.resource ?? []).map(({ type, interaction = [], searchParam = [] }) => ({
    type,
    interaction,
    searchParam,
  }));
}

describe('every type that the CapabilityStatement names', () => {
  it('takes a sample of itself', () => {
    expect(refused).toEqual([]);
    expect(
      served()
        .map(({ type }) => type)
        .filter((type) => type in owned)
        .sort(),
    ).toEqual(Object.keys(owned).sort());
  });

  it('is found by every search parameter with every modifier, and only where it should be', async () => {
    const wrong: string[] = [];
    const silent: string[] = [];
    let asked = 0;
    for (const { type, searchParam } of served()) {
      for (const parameter of searchParam) {
        const described = await definitions.describe(type, parameter);
        if (described === undefined) continue;
        const [found, all] = saying(type, described);
        // What is recorded is sought by its values, and by no modifier.
        const ours = recorded.includes(type) ? all.filter(({ name }) => !name.includes(':')) : all;
        const sought = ours.filter(({ name }) => !isBars(type, name));
        if (found === undefined) silent.push(`${type}.${parameter.name}`);
        for (const each of sought) wrong.push(...(await faultOf(type, found?.id ?? '', each)));
        asked += sought.length;
      }
    }
    expect(wrong).toEqual([]);
    expect(silent).toEqual(withoutSample);
    expect(asked).toBeGreaterThan(5000);
  }, 300_000);

  it('is defined, with its parameters and operations, by resources that are served', async () => {
    const [rest] = metadata.rest ?? [];
    const { resource = [], operation = [] } = rest ?? {};
    const operations = [...operation, ...resource.flatMap((each) => each.operation ?? [])];
    const parameters = resource.flatMap(({ searchParam = [] }) => searchParam);
    const urls = new Set([...operations, ...parameters].map(({ definition = 'none' }) => definition));
    const absent: string[] = [];
    for (const url of urls) if ((await definitions.countOf(url)) !== 1) absent.push(url);
    expect(absent).toEqual([]);
    expect(urls.size).toBeGreaterThan(300);
    const structures = await Promise.all(
      resource.map(({ type }) => definitions.countOf(`http://hl7.org/fhir/StructureDefinition/${type}`)),
    );
    expect(new Set(structures)).toEqual(new Set([1]));
  }, 60_000);

  it('is found with everything that it says may be included', async () => {
    const wrong: string[] = [];
    for (const { type, name, include } of included()) {
      const id = samples.get(type)?.at(-1)?.id ?? '';
      const path = `/fhir/${type}?_id=${id}&${name}=${include}`;
      const { status, text } = await world.send('integrator', { path });
      if (status !== 200) wrong.push(`${path}: ${String(status)} ${text.slice(0, 300)}`);
    }
    expect(wrong).toEqual([]);
  }, 120_000);

  it('does every interaction that it names', async () => {
    const wrong: string[] = [];
    for (const { type, interaction } of served()) {
      // The last sample: earlier ones are pointed to by other samples, and may not be deleted.
      const sample = samples.get(type)?.at(-1);
      // What is deleted can be asked for nothing more.
      const inOrder = [...interaction].sort((a, b) => Number(a.code === 'delete') - Number(b.code === 'delete'));
      for (const { code } of inOrder) wrong.push(...(await misdeed(type, code, sample)));
    }
    expect(wrong).toEqual([]);
  }, 120_000);
});

function included(): { type: string; name: string; include: string }[] {
  const resources = metadata.rest?.[0]?.resource ?? [];
  return resources.flatMap(({ type, searchInclude = [], searchRevInclude = [] }) => [
    ...searchInclude.map((include) => ({ type, name: '_include', include })),
    ...searchRevInclude.map((include) => ({ type, name: '_revinclude', include })),
  ]);
}

/** What went wrong when the interaction was tried; `create` made the samples. */
async function misdeed(type: string, code: string, sample: FhirResource | undefined): Promise<string[]> {
  if (sample === undefined) return [`${type}: no sample for ${code}`];
  if (code === 'create') return [];
  const attempt = attempts(type, sample)[code];
  if (!attempt) return [`${type}: ${code} is not tried`];
  const { status, text } = await attempt();
  // What belongs to a referral may be kept from being deleted.
  const expected = code === 'delete' ? [204, ...(governed.includes(type) ? [403, 409] : [])] : [200];
  return expected.includes(status) ? [] : [`${type}: ${code} is answered ${String(status)} ${text.slice(0, 300)}`];
}

function attempts(type: string, sample: FhirResource): Record<string, () => Promise<Answer>> {
  const id = sample.id ?? '';
  const path = `/fhir/${type}/${id}`;
  const tag = { system: 'https://example.org/CodeSystem/sample', code: 'changed' };
  // What a referral's rules govern is sent as it is: nothing changes.
  const isGoverned = governed.includes(type);
  const same = { op: 'test', path: '/resourceType', value: type };
  const add = { op: 'add', path: '/meta/tag/-', value: { ...tag, code: 'patched' } };
  return {
    read: () => send('GET', path),
    vread: () => send('GET', `${path}/_history/1`),
    'history-instance': () => send('GET', `${path}/_history`),
    'history-type': () => send('GET', `/fhir/${type}/_history?_count=2`),
    'search-type': () => send('GET', `/fhir/${type}?_id=${id}`),
    update: () => send('PUT', path, isGoverned ? sample : { ...sample, meta: { ...sample.meta, tag: [tag] } }),
    patch: () => send('PATCH', path, isGoverned ? [same] : [add]),
    delete: () => send('DELETE', path),
  };
}

function send(method: 'GET' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<Answer> {
  const headers = method === 'PATCH' ? { 'content-type': 'application/json-patch+json' } : {};
  return world.send('integrator', { method, path, headers, ...(body === undefined ? {} : { body }) });
}

const owned = Object.fromEntries(
  Object.values(owners)
    .flat()
    .map((type) => [type, true]),
);

/** Parameters under which no sample says anything, each with its reason. */
const withoutSample: string[] = [
  // Point to types that are not served: nothing there can be named.
  'ServiceRequest.specimen',
  'CarePlan.care-team',
  'Encounter.account',
  'MedicationStatement.medication',
  'Observation.specimen',
  // Within an element that repeats another one's shape, which samples leave out.
  'ConceptMap.product',
  // No operation here is a narrower kind of another definition's.
  'OperationDefinition.base',
];

/** The first sample that says something under the parameter. */
function saying(type: string, parameter: Described): [FhirResource | undefined, Sought[]] {
  for (const sample of samples.get(type) ?? []) {
    const sought = soughtOf(sample, parameter);
    if (sought.length > 0) return [sample, sought];
  }
  return [undefined, []];
}

async function faultOf(type: string, id: string, { name, text, finds }: Sought): Promise<string[]> {
  const query = new URLSearchParams({ _id: id, [name]: text });
  const {
    status,
    body,
    text: said,
  } = await world.send<Bundle>('integrator', { path: `/fhir/${type}?${query.toString()}` });
  const line = `${type}?${name}=${text}`;
  if (status !== 200) return [`${line}: ${String(status)} ${said.slice(0, 300)}`];
  const found = (body.entry ?? []).some(({ resource }) => resource?.id === id);
  return found === finds ? [] : [`${line} ${finds ? 'does not find' : 'finds'} its sample`];
}
