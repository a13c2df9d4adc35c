import { audienceOf } from '#fhir';
import { isWithinNarrowings } from '#fhir-search';
import { Dice } from './hostile/dice.js';
import { type Askable, questionOf } from './leaks/questions.js';
import { kinds, marksOf, named, type Version, versionsOf } from './leaks/records.js';
import { actors, type Heard, type Question, WatchedWorld } from './leaks/watched-world.js';

const dice = new Dice(26);
const all = named('row', 4);
let world: WatchedWorld;

/** Types of every service, of which the scopes of one client leave some resources alone. */
const narrowings: Record<string, string> = {
  Task: `_tag=${tagOf('Task', 0)},${tagOf('Task', 2)}`,
  Patient: `_tag=${tagOf('Patient', 0)},${tagOf('Patient', 1)}`,
  ServiceRequest: 'status=active&identifier=secret-ServiceRequest-row1,secret-ServiceRequest-row2',
  Location: `identifier:missing=false&_tag:not=${tagOf('Location', 3)}`,
  Observation: 'code=https://leaks.example/codes|code-row1,code-row3',
  Composition: `_tag=${tagOf('Composition', 1)}`,
};
/** For one type two scopes: what either leaves. */
const other = { Encounter: [`_tag=${tagOf('Encounter', 0)}`, 'identifier=secret-Encounter-row3'] };
const queries = [
  ...Object.entries(narrowings),
  ...Object.entries(other).flatMap(([type, texts]) => texts.map((text) => [type, text] as const)),
];
const free = kinds.filter((type) => queries.every(([narrowed]) => narrowed !== type));
const scopes = [
  ...free.map((type) => `system/${type}.cruds`),
  ...queries.map(([type, query]) => `system/${type}.cruds?${query}`),
];
const reader = ['north-practice', 'public', ...queries.map(([type, query]) => `${type}?${query}`)];

const clients = [
  { client: 'narrowed', role: 'practice', organisation: 'north-practice', scopes },
  { client: 'twin', role: 'practice', organisation: 'twin', scopes: kinds.map((type) => `system/${type}.cruds`) },
  {
    client: 'unheld',
    role: 'practice',
    organisation: 'north-practice',
    scopes: ['system/Task.rs?owner.name=x', 'system/Patient.rs'],
  },
] as const;

const versions = versionsOf(all, { dice, all, audienceOf: () => [] }).map((version): Version => {
  const seeing = [...actors, 'public'].filter(() => dice.chance(0.4));
  const isSeen = seeing.some((one) => reader.includes(one)) && isWithinNarrowings(reader, version.resource);
  return {
    ...version,
    audience: audienceOf(...seeing.filter((one) => one !== 'public' || isSeen), ...(isSeen ? ['twin'] : [])),
  };
});

beforeAll(async () => {
  world = await WatchedWorld.start(clients);
  await world.keep(versions);
}, 120_000);
afterAll(async () => {
  await world.stop();
});

it('whoever is narrowed gets what one gets who may see nothing else, whatever it asks of all services', async () => {
  const askable: Askable = { dice, ids: ['row0', 'row1', 'row2', 'row3', 'nowhere'] };
  const differing: object[] = [];
  let told = 0;
  for (let at = 0; at < 150; at++) {
    const questions = Array.from({ length: 8 }, () => questionOf(askable)).filter(isHonoured);
    const answers = await Promise.all(questions.map((question) => both(question)));
    for (const [index, [narrowed, twin]] of answers.entries()) {
      if (narrowed !== twin) differing.push({ question: questions[index], narrowed, twin });
      if (/canary-|tag-/.test(narrowed)) told++;
    }
  }
  expect(differing.slice(0, 2)).toEqual([]);
  expect(told).toBeGreaterThan(200);
}, 240_000);

describe('a write within scopes that bear parameters', () => {
  const patient = (identifier: string, tag: string) => ({
    resourceType: 'Patient',
    meta: { tag: [{ system: 'https://leaks.example/tags', code: tag }] },
    identifier: [{ system: 'https://leaks.example/ids', value: identifier }],
    name: [{ family: 'Example' }],
  });
  const mine = tagOf('Patient', 0);

  it('makes and changes what meets them, and nothing else', async () => {
    const made = await send({ method: 'POST', path: 'Patient', body: JSON.stringify(patient('w1', mine)) });
    expect(made.status).toBe(201);
    const { id, ...rest } = JSON.parse(made.text) as { id: string };
    const outside = await send({ method: 'POST', path: 'Patient', body: JSON.stringify(patient('w2', 'other')) });
    expect([outside.status, outside.text.includes('would not meet them')]).toEqual([403, true]);
    const moved = { ...rest, id, meta: { tag: [{ code: 'other' }] } };
    for (const question of [
      { method: 'PUT', path: `Patient/${id}`, body: JSON.stringify(moved) },
      { method: 'PUT', path: 'Patient?identifier=w1', body: JSON.stringify(moved) },
      {
        method: 'PATCH',
        path: `Patient/${id}`,
        headers: { 'content-type': 'application/json-patch+json' },
        body: '[{"op":"remove","path":"/meta/tag"}]',
      },
      { method: 'POST', path: '', body: transactionOf(`Patient/${id}`, moved) },
    ] as const)
      expect([question.path, (await send(question)).status]).toEqual([question.path, 403]);
    const changed = { ...rest, id, birthDate: '1950-01-01' };
    expect((await send({ method: 'PUT', path: `Patient/${id}`, body: JSON.stringify(changed) })).status).toBe(200);
  });

  it('finds nothing by a condition that is met outside of them', async () => {
    // North practice sees Patients that the narrowed client does not.
    const theirs = await world.ask('north-practice', {
      method: 'POST',
      path: 'Patient',
      body: JSON.stringify(patient('w3', 'other')),
    });
    expect(theirs.status).toBe(201);
    const { id } = JSON.parse(theirs.text) as { id: string };
    expect((await send({ method: 'DELETE', path: 'Patient?identifier=w3' })).status).toBe(204);
    expect((await send({ method: 'DELETE', path: `Patient/${id}` })).status).toBe(404);
    expect((await world.ask('north-practice', { path: `Patient/${id}` })).status).toBe(200);
    const condition = { 'if-none-exist': 'identifier=w3' };
    const body = JSON.stringify(patient('w3', mine));
    const made = await send({ method: 'POST', path: 'Patient', headers: condition, body });
    expect(made.status).toBe(201);
    expect((JSON.parse(made.text) as { id: string }).id).not.toBe(id);
    const pointing = { resourceType: 'Condition', subject: { reference: `Patient/${id}` } };
    const [unseen, absent] = await Promise.all(
      [pointing, { ...pointing, subject: { reference: 'Patient/nowhere' } }].map((each) =>
        send({ method: 'POST', path: 'Condition', body: JSON.stringify(each) }),
      ),
    );
    expect([unseen?.status, unseen?.text]).toEqual([422, absent?.text]);
  });
});

it('a Subscription of theirs tells of what they leave, and of nothing else', async () => {
  const channel = { type: 'rest-hook', endpoint: 'https://leaks.example/hook' };
  const [wide, within] = await Promise.all(
    ['Patient?active=true', `Patient?active=true&${narrowings['Patient'] ?? ''}`].map((criteria) => {
      const body = JSON.stringify({
        resourceType: 'Subscription',
        status: 'requested',
        reason: 'x',
        criteria,
        channel,
      });
      return send({ method: 'POST', path: 'Subscription', body });
    }),
  );
  expect([wide?.status, wide?.text.includes('the criteria must hold the same ones'), within?.status]).toEqual([
    422,
    true,
    201,
  ]);
});

it.each(['Patient', 'Patient/row0', 'metadata?_format=json', 'Task', 'Patient/$meta', ''])(
  'a scope that cannot be held to opens nothing, however it is asked: /%s',
  async (path) => {
    const isOpen = path.startsWith('metadata');
    const question: Question =
      path === '' ? { method: 'POST', path, body: transactionOf('Patient/row0', {}) } : { path };
    const heard = await world.ask('unheld', { ...question, headers: { prefer: 'handling=lenient' } });
    expect(heard.status).toBe(isOpen ? 200 : 403);
  },
);

/** A document is whole or not at all: with scopes that narrow what is in it, it is refused. */
function isHonoured({ path, body = '' }: Question): boolean {
  return !`${path} ${body}`.includes('$document');
}

function send(question: Question): Promise<Heard> {
  return world.ask('narrowed', question);
}

function transactionOf(url: string, resource: object): string {
  const entry = [{ resource: { resourceType: 'Patient', ...resource }, request: { method: 'PUT', url } }];
  return JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry });
}

function tagOf(type: string, at: number): string {
  return marksOf({ type, id: `row${String(at)}` }, 1).tag;
}

async function both(question: Question): Promise<[string, string]> {
  const [narrowed, twin] = await Promise.all(
    ['narrowed', 'twin'].map(async (client) => comparable(await world.askPages(client, question, 3))),
  );
  return [narrowed ?? '', twin ?? ''];
}

/** Without what is new in each answer. */
function comparable(heard: readonly Heard[]): string {
  const texts = heard.map(({ status, text }) => {
    const same = text
      .replace(/_cursor=[\w-]+/g, '_cursor=')
      .replace(/"timestamp":"[^"]+"|"identifier":"urn:uuid:[^"]+"/g, '');
    return `${String(status)} ${same}`;
  });
  return texts.join('\n');
}
