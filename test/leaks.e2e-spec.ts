import { randomUUID } from 'node:crypto';
import { isPermitted } from '#auth';
import { sees } from '#fhir';
import { Dice } from './hostile/dice.js';
import { type Askable, questionOf } from './leaks/questions.js';
import { kinds, marksOf, named, type Version, versionsOf } from './leaks/records.js';
import {
  type Actor,
  actors,
  callerOf,
  type Heard,
  type Question,
  WatchedWorld,
  nextIn,
} from './leaks/watched-world.js';

const seed = 20_261_122;
const dice = new Dice(seed);
let world: WatchedWorld;

/** They ask before and after the others have written; what those wrote is nobody's here. */
const watchers: readonly Actor[] = ['north-practice', 'east-provider', 'figures-office'];
const others: readonly Actor[] = ['south-practice', 'west-provider'];

const [early, late] = [named('early', 3), named('late', 3)];
const all = [...early, ...late, ...named('never', 1)];
const askable: Askable = { dice, ids: [...new Set(all.map(({ id }) => id))] };

/** First what some watcher may see, some of it past versions only; then what no watcher may. */
const before = earlyVersions();
const after = versionsOf(late, { dice, all, audienceOf: (type) => hiddenAudience(type) });
const marks = marksOfAll([...before, ...after]);

const asked = Array.from({ length: 1_000 }, () => ({ actor: dice.of(watchers), question: questionOf(askable) }));
let first: Answered[];

interface Asked {
  actor: Actor;
  question: Question;
}
interface Answered extends Asked {
  heard: Heard[];
}

beforeAll(async () => {
  world = await WatchedWorld.start();
  await world.keep(before);
  first = await answersTo(asked);
  await world.keep(after);
}, 120_000);
afterAll(async () => {
  await world.stop();
});

it(`what others write changes no answer: "not there" and "not allowed" look the same (1,000 questions, seed ${String(seed)})`, async () => {
  const second = await answersTo(asked);
  const changed = second.flatMap((answered, at) => {
    const [then, now] = [comparable(first[at]), comparable(answered)];
    return then === now ? [] : [{ ...asked[at], then, now }];
  });
  expect(changed.slice(0, 3)).toEqual([]);
  expect(toldIn(second)).toBeGreaterThan(150);
}, 120_000);

it(`nobody sees what is not theirs (1,000 questions more, seed ${String(seed)})`, async () => {
  const more = Array.from({ length: 1_000 }, () => ({ actor: dice.of(actors), question: questionOf(askable) }));
  const answers = [...first, ...(await answersTo(more))];
  expect(answers.flatMap(leaksIn).slice(0, 3)).toEqual([]);
  const failed = answers.filter(({ heard }) => heard.some(({ status }) => status >= 500));
  expect(failed.slice(0, 3).map(({ question }) => question)).toEqual([]);
  expect(toldIn(answers)).toBeGreaterThan(300);
}, 120_000);

/** Answers that say something: a test of silence alone would pass. */
function toldIn(answers: readonly Answered[]): number {
  return answers.filter(({ heard }) => heard.some(({ text }) => /canary-|tag-/.test(text))).length;
}

it('a write to what is not theirs is refused as one to what is not there', async () => {
  for (const actor of watchers) {
    for (const type of kinds) {
      const [unknown, foreign] = [await writesTo(actor, `${type}/nowhere`), await writesTo(actor, `${type}/late0`)];
      expect({ actor, type, answers: foreign }).toEqual({ actor, type, answers: unknown });
    }
  }
}, 60_000);

it('a page link is its caller’s alone', async () => {
  const page = nextIn(await world.ask('north-practice', { path: '_history?_count=1' })) ?? '';
  const made = page.replace(/_cursor=.*/, `_cursor=${'A'.repeat(80)}`);
  const [replayed, none] = await askedBoth('south-practice', [page, made]);
  expect(replayed).toMatch(/^400 /);
  expect(replayed).toBe(none);
});

it('a job is its caller’s alone', async () => {
  const job = await world.ask('north-practice', { path: 'Patient', headers: { prefer: 'respond-async' } });
  const path = job.headers.get('content-location')?.split('/fhir/')[1] ?? '';
  const unknown = path.replace(/[^/]+$/, randomUUID());
  for (const method of ['GET', 'DELETE'] as const) {
    const [theirs, none] = await askedBoth('south-practice', [path, unknown], method);
    expect(theirs).toMatch(/^404 /);
    expect(theirs).toBe(none);
  }
  expect((await world.ask('north-practice', { path })).status).toBeLessThan(203);
});

it.each([
  'Patient/early1/$everything',
  'Group?_include=Group:member:Patient',
  'MeasureReport?_include=MeasureReport:subject:Patient',
  'MeasureReport?subject:Patient.birthdate=1950',
  'Group?member:Patient.identifier=x',
  'Organization?_has:Patient:organization:birthdate=1950',
  'Organization?_revinclude=Patient:organization',
  'Location?_has:Encounter:location:subject:Patient._id=early1',
  'Patient/_history',
  'Patient/early1/_history/1',
  'Patient/$meta',
  'Task/early1/$validate',
  'Composition/early1/$document',
])('an analyst, who reads no person, is refused %s', async (path) => {
  const heard = await world.ask('figures-office', { path });
  const inBatch = await world.ask('figures-office', {
    ...{ method: 'POST', path: '' },
    body: JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry: [{ request: { method: 'GET', url: path } }] }),
  });
  expect([heard.status, /"code":"forbidden"/.test(heard.text)]).toEqual([403, true]);
  expect(inBatch.text).toContain('"status":"403 Forbidden"');
});

async function askedBoth(actor: Actor, paths: readonly string[], method: 'GET' | 'DELETE' = 'GET'): Promise<string[]> {
  const heard = await Promise.all(paths.map((path) => world.ask(actor, { method, path })));
  return heard.map(({ status, text }) => `${String(status)} ${text}`);
}

async function writesTo(actor: Actor, place: string): Promise<string[]> {
  const [type = '', id = ''] = place.split('/');
  const patch = { 'content-type': 'application/json-patch+json' };
  const meta = { resourceType: 'Parameters', parameter: [{ name: 'meta', valueMeta: { tag: [{ code: 'x' }] } }] };
  const questions: Question[] = [
    { method: 'DELETE', path: place },
    { method: 'DELETE', path: `${type}?_id=${id}` },
    { method: 'PATCH', path: place, headers: patch, body: '[{"op":"add","path":"/language","value":"en"}]' },
    {
      method: 'PATCH',
      path: `${type}?_id=${id}`,
      headers: patch,
      body: '[{"op":"add","path":"/language","value":"en"}]',
    },
    { method: 'POST', path: `${place}/$meta-add`, body: JSON.stringify(meta) },
    { method: 'POST', path: `${place}/$validate?mode=delete` },
  ];
  const heard = await Promise.all(questions.map((question) => world.ask(actor, question)));
  return heard.map(({ status, text }) => `${String(status)} ${text.replaceAll(id, 'id')}`);
}

async function answersTo(questions: readonly Asked[]): Promise<Answered[]> {
  const answers: Answered[] = [];
  const lane = async (start: number): Promise<void> => {
    for (let at = start; at < questions.length; at += 8) {
      const { actor, question } = questions[at] ?? { actor: 'north-practice', question: { path: 'metadata' } };
      answers[at] = { actor, question, heard: await world.askPages(actor, question, 3) };
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, start) => lane(start)));
  return answers;
}

/** Words that belong to versions, in an answer to somebody who may not see those. What was asked says them too, in its links. */
function leaksIn({ actor, question, heard }: Answered): object[] {
  return heard.flatMap(({ text }) => {
    const said = [...plainer(text).matchAll(/(?:canary|tag)-([A-Za-z]+-[a-z]+\d+-v\d+)/g)];
    const foreign = said.filter(([word, name = '']) => !isAsked(question, word) && !marks.get(name)?.has(actor));
    return foreign.length === 0 ? [] : [{ actor, question, foreign: foreign.map(([word]) => word) }];
  });
}

function isAsked({ path, body = '' }: Question, word: string): boolean {
  return path.includes(word) || body.includes(word);
}

/** Content of a Binary in clear. */
function plainer(text: string): string {
  return text.replace(/"data":"([^"]+)"|<data value="([^"]+)"/g, (_all, json: string | undefined, xml: string) =>
    Buffer.from(json ?? xml, 'base64').toString(),
  );
}

/** Without what is new in each answer. */
function comparable(answered: Answered | undefined): string {
  const texts = (answered?.heard ?? []).map(({ status, text }) => {
    const same = text
      .replace(/_cursor=[\w-]+/g, '_cursor=')
      .replace(/"timestamp":"[^"]+"|"identifier":"urn:uuid:[^"]+"/g, '');
    return `${String(status)} ${same}`;
  });
  return texts.join('\n');
}

function earlyVersions(): Version[] {
  const mixed = (): readonly string[] => [dice.of(watchers), ...actors.filter(() => dice.chance(0.2))];
  const isPublic = (type: string): boolean =>
    ['Organization', 'HealthcareService', 'Practitioner', 'Location'].includes(type);
  const audienceOf = (type: string): readonly string[] => (isPublic(type) && dice.chance(0.5) ? ['public'] : mixed());
  const [moved, left] = [early.filter(({ id }) => id === 'early0'), early.filter(({ id }) => id !== 'early0')];
  return [
    ...versionsOf(moved, { dice, all, audienceOf: () => [dice.of(others)] }),
    ...versionsOf(moved, { dice, all, audienceOf, number: 2 }),
    ...versionsOf(left, { dice, all, audienceOf }),
  ];
}

/** Others' alone; or the analyst's organisation's too, where an analyst may not read the type. */
function hiddenAudience(type: string): readonly string[] {
  const isClosed = !isPermitted(callerOf('figures-office'), { interaction: 'read', type });
  return [dice.of(others), ...(isClosed && dice.chance(0.5) ? ['figures-office'] : [])];
}

/** Who may see each version, by its role and by its audience. */
function marksOfAll(versions: readonly Version[]): ReadonlyMap<string, ReadonlySet<Actor>> {
  return new Map(
    versions.map(({ resource: { resourceType: type, id = '' }, number, audience }) => {
      const readers = actors.filter(
        (actor) =>
          sees(callerOf(actor).audience, audience) && isPermitted(callerOf(actor), { interaction: 'read', type }),
      );
      return [marksOf({ type, id }, number).tag.slice('tag-'.length), new Set(readers)];
    }),
  );
}
