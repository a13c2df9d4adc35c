import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { Server } from 'node:http';
import pg from 'pg';
import { Dice } from './hostile/dice.js';
import { kinds, named, versionsOf } from './leaks/records.js';
import { type Actor, type Question, WatchedWorld } from './leaks/watched-world.js';

/** An id that is nowhere, one whose resources the askers may not see, and one under which those were deleted. */
const [absent, hidden, ended] = ['none0', 'hide0', 'gone0'];
const askers = ['north-practice', 'east-provider'] as const satisfies readonly Actor[];
const owners: readonly Actor[] = ['south-practice', 'west-provider'];
const dice = new Dice(11);
let world: WatchedWorld;
/** Statements on behalf of the request that is being answered: what is done beside it is not counted. */
const asked = new AsyncLocalStorage<string[]>();
let statements: string[] = [];

beforeAll(async () => {
  world = await WatchedWorld.start();
  for (const id of [hidden, ended]) {
    const [first, second] = [1, 2].map((number) => versionsWith(id, number));
    await world.keep([...(first ?? []), ...(second ?? [])]);
  }
  await world.keep(versionsWith(ended, 3).map((version) => ({ ...version, deleted: true })));
  listen();
}, 120_000);
afterAll(async () => {
  await world.stop();
});

const patch = { headers: { 'content-type': 'application/json-patch+json' }, method: 'PATCH' } as const;
const english = '[{"op":"add","path":"/language","value":"en"}]';
const meta = JSON.stringify({
  resourceType: 'Parameters',
  parameter: [{ name: 'meta', valueMeta: { tag: [{ code: 'x' }] } }],
});

/** Every way to ask for one resource, to change it, to point to it, or to look for what points to it. */
const routes: Record<string, (type: string, id: string) => Question | undefined> = {
  read: (type, id) => ({ path: `${type}/${id}` }),
  'read a part': (type, id) => ({ path: `${type}/${id}?_elements=id` }),
  'read as XML': (type, id) => ({ path: `${type}/${id}`, headers: { accept: 'application/fhir+xml' } }),
  'read what is known': (type, id) => ({ path: `${type}/${id}`, headers: { 'if-none-match': 'W/"1"' } }),
  vread: (type, id) => ({ path: `${type}/${id}/_history/1` }),
  history: (type, id) => ({ path: `${type}/${id}/_history` }),
  'history of a time': (type, id) => ({ path: `${type}/${id}/_history?_since=2020&_count=1` }),
  search: (type, id) => ({ path: `${type}?_id=${id}&_total=accurate` }),
  count: (type, id) => ({ path: `${type}?_id=${id}&_summary=count` }),
  'search by identifier': (type, id) => ({ path: `${type}?identifier=secret-${type}-${id}&_total=accurate` }),
  'search by tag': (type, id) => ({ path: `${type}?_tag=tag-${type}-${id}-v2&_sort=_lastUpdated` }),
  'what points to it': (type, id) => referrer(type, (from, by) => `${from}?${by}=${type}/${id}&_total=accurate`),
  chain: (type, id) => referrer(type, (from, by) => `${from}?${by}:${type}._id=${id}&_total=accurate`),
  'chain by tag': (type, id) => referrer(type, (from, by) => `${from}?${by}:${type}._tag=tag-${type}-${id}-v2`),
  has: (type, id) => referrer(type, (from, by) => `${type}?_has:${from}:${by}:_id=${id}&_total=accurate`),
  includes: (type, id) =>
    referrer(type, (from, by) => `${from}?_id=${id}&_include=${from}:${by}&_revinclude=${from}:${by}`),
  $meta: (type, id) => ({ path: `${type}/${id}/$meta` }),
  $validate: (type, id) => ({ path: `${type}/${id}/$validate` }),
  '$validate a deletion': (type, id) => ({ method: 'POST', path: `${type}/${id}/$validate?mode=delete` }),
  $everything: (type, id) =>
    ['Patient', 'ServiceRequest'].includes(type) ? { path: `${type}/${id}/$everything` } : undefined,
  $document: (type, id) => (type === 'Composition' ? { path: `${type}/${id}/$document` } : undefined),
  '$meta-add': (type, id) => ({ method: 'POST', path: `${type}/${id}/$meta-add`, body: meta }),
  '$meta-delete': (type, id) => ({ method: 'POST', path: `${type}/${id}/$meta-delete`, body: meta }),
  update: (type, id) => ({ method: 'PUT', path: `${type}/${id}`, body: bodyOf(type, id) }),
  'update of a version': (type, id) => ({
    method: 'PUT',
    path: `${type}/${id}`,
    body: bodyOf(type, id),
    headers: { 'if-match': 'W/"1"' },
  }),
  patch: (type, id) => ({ ...patch, path: `${type}/${id}`, body: english }),
  delete: (type, id) => ({ method: 'DELETE', path: `${type}/${id}` }),
  'conditional patch': (type, id) => ({ ...patch, path: `${type}?_id=${id}`, body: english }),
  'conditional patch by tag': (type, id) => ({ ...patch, path: `${type}?_tag=tag-${type}-${id}-v2`, body: english }),
  'conditional delete': (type, id) => ({ method: 'DELETE', path: `${type}?_id=${id}` }),
  'conditional delete by tag': (type, id) => ({ method: 'DELETE', path: `${type}?_tag=tag-${type}-${id}-v2` }),
  'conditional update': (type, id) => ({
    method: 'PUT',
    path: `${type}?_tag=tag-${type}-${id}-v2`,
    body: bodyOf(type, id, 'without id'),
  }),
  'create that points to such ids': (type, id) => ({
    method: 'POST',
    path: type,
    body: bodyOf(type, id, 'without id'),
  }),
  'conditional create': (type, id) => ({
    method: 'POST',
    path: type,
    headers: { 'if-none-exist': `_tag=tag-${type}-${id}-v2` },
    body: bodyOf(type, id, 'without id'),
  }),
  batch: (type, id) => bundle('batch', type, id),
  transaction: (type, id) => bundle('transaction', type, id),
};

describe.each(askers)('to %s what is not there and what is not allowed', (asker) => {
  it.each(Object.keys(routes))(
    'are one answer, from as many questions to the database: %s',
    async (name) => {
      const differing: object[] = [];
      let compared = 0;
      for (const type of kinds.filter((kind) => !open.includes(kind))) {
        const question = (id: string) => routes[name]?.(type, id);
        if (!question(absent)) continue;
        const expected = await answerTo(asker, question, absent);
        compared += expected.done.length;
        for (const id of [hidden, ended]) {
          const answer = await answerTo(asker, question, id);
          if (JSON.stringify(answer) !== JSON.stringify(expected)) differing.push({ type, id, answer, expected });
        }
      }
      expect(differing.slice(0, 2)).toEqual([]);
      expect(compared).toBeGreaterThan(0);
    },
    120_000,
  );
});

it('a job of another and none are one answer', async () => {
  const job = await world.ask('south-practice', { path: 'Patient', headers: { prefer: 'respond-async' } });
  const theirs = job.headers.get('content-location')?.split('/fhir/')[1] ?? '';
  const none = theirs.replace(/[^/]+$/, randomUUID());
  for (const method of ['GET', 'DELETE'] as const) {
    const [one, other] = [theirs, none].map((path) => answerTo('north-practice', () => ({ method, path }), absent));
    expect(await one).toEqual(await other);
  }
});

/** Types of the directory, where whoever may write chooses the id: one that is taken is refused, and all may read all of it. */
const open: readonly string[] = [
  'Organization',
  'Practitioner',
  'Location',
  'HealthcareService',
  'PractitionerRole',
  'ValueSet',
];

function versionsWith(id: string, number: number) {
  return versionsOf(named(id.slice(0, -1), 1), {
    dice,
    all: [hidden, ended].flatMap((each) => named(each.slice(0, -1), 1)),
    audienceOf: () => [dice.of(owners)],
    number,
  });
}

/** A resource all of whose references lead to resources under this id. */
function bodyOf(type: string, id: string, without?: 'without id'): string {
  const [version] = versionsOf([{ type, id }], {
    dice: new Dice(1),
    all: named(id.slice(0, -1), 1),
    audienceOf: () => [],
  });
  return JSON.stringify({ ...version?.resource, ...(without ? { id: undefined } : {}) });
}

const pointing: Record<string, [from: string, by: string]> = {
  Patient: ['Task', 'patient'],
  Encounter: ['Condition', 'encounter'],
  ServiceRequest: ['Task', 'based-on'],
  Task: ['Task', 'part-of'],
  QuestionnaireResponse: ['Observation', 'derived-from'],
  Observation: ['QuestionnaireResponse', 'part-of'],
};

function referrer(type: string, path: (from: string, by: string) => string): Question | undefined {
  const [from, by] = pointing[type] ?? [];
  return from === undefined || by === undefined ? undefined : { path: path(from, by) };
}

function bundle(type: 'batch' | 'transaction', of: string, id: string): Question {
  const entry = [
    { request: { method: 'GET', url: `${of}/${id}` } },
    { resource: JSON.parse(bodyOf(of, id)) as object, request: { method: 'PUT', url: `${of}/${id}` } },
  ];
  return { method: 'POST', path: '', body: JSON.stringify({ resourceType: 'Bundle', type, entry }) };
}

async function answerTo(
  asker: Actor,
  question: (id: string) => Question | undefined,
  id: string,
): Promise<{ status: number; told: string[]; text: string; done: string[] }> {
  statements = [];
  const { status, headers, text } = await world.ask(asker, question(id) ?? { path: '' });
  const done = statements
    .filter(isAboutContent)
    .map((each) => each.replace(/\s+/g, ' '))
    .sort();
  const told = [...headers].filter(([name]) => !changing.includes(name)).map(([name, value]) => `${name}: ${value}`);
  return { status, told: told.map((each) => same(each, id)), text: same(text, id), done };
}

const changing = [
  'date',
  'last-modified',
  'x-request-id',
  'x-correlation-id',
  'ratelimit',
  'ratelimit-policy',
  'keep-alive',
];

function same(text: string, id: string): string {
  return text
    .replaceAll(id, 'id')
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'uuid')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time')
    .replace(/_cursor=[\w-]+/g, '_cursor=');
}

/** What follows a commit takes its own time; whom a connection reads for was set before, or not. */
function isAboutContent(text: string): boolean {
  return !/outbox|audit_|set_config|pg_advisory|^(BEGIN|COMMIT)$/.test(text.slice(0, 200));
}

/** Hears each statement on its way to PostgreSQL. */
function listen(): void {
  type Method = (this: unknown, ...given: unknown[]) => unknown;
  const query = Reflect.get(pg.Client.prototype, 'query') as Method;
  const heard: Method = function (...given) {
    const [first] = given;
    const text = typeof first === 'string' ? first : (first as { text?: unknown } | undefined)?.text;
    if (typeof text === 'string') asked.getStore()?.push(text);
    return query.apply(this, given);
  };
  Reflect.set(pg.Client.prototype, 'query', heard);
  const emit = Reflect.get(Server.prototype, 'emit') as Method;
  const emitted: Method = function (...given) {
    return given[0] === 'request' ? asked.run(statements, () => emit.apply(this, given)) : emit.apply(this, given);
  };
  Reflect.set(Server.prototype, 'emit', emitted);
}
