import type { HealthcareService, Patient } from 'fhir/r4';
import { type Audience, everyone, type ResourceId, sees } from '#fhir';
import { parseSearch } from '#fhir-search';
import { act, create, idsOf, openStore, type OpenedStore, taskOf } from '../test/opened-store.js';
import { Random } from '../test/random.js';
import { organisations } from '../test/random-resources.js';
import type { Stored, Write } from './stored.js';

let opened: OpenedStore;

beforeAll(async () => {
  opened = await openStore();
});
afterEach(async () => {
  await opened.empty();
});
afterAll(async () => {
  await opened.close();
});

const task = (id: string) => taskOf({ id, for: { reference: 'Patient/p1' } });

function queryOf(asked: string, type = 'Task') {
  return parseSearch(type, new URLSearchParams(asked), { lenient: false }).query;
}

async function idsSeen(reader: Audience, asked = ''): Promise<string[]> {
  return idsOf((await opened.store.search(queryOf(asked), reader)).matches).sort();
}

describe('a reader', () => {
  beforeEach(async () => {
    await opened.store.commit(
      [
        create(task('mine'), ['moor-practice']),
        create(task('shared'), ['healthy-living', 'moor-practice']),
        create(task('theirs'), ['healthy-living']),
        create(task('open'), ['public']),
        create(task('nobodys'), []),
      ],
      act,
    );
  });

  it.each([
    [['moor-practice'], ['mine', 'shared']],
    [
      ['moor-practice', 'public'],
      ['mine', 'open', 'shared'],
    ],
    [
      ['moor-practice', 'healthy-living'],
      ['mine', 'shared', 'theirs'],
    ],
    [['green-gym'], []],
    [[], []],
    [[''], []],
    [['*'], ['mine', 'nobodys', 'open', 'shared', 'theirs']],
    [['moor'], []],
    [['moor-practice, healthy-living'.replace(', ', ' ')], []],
  ])('of %j sees %j, however it asks', async (reader, expected) => {
    expect(await idsSeen(reader)).toEqual(expected);
    expect(await idsSeen(reader, 'status=requested')).toEqual(expected);
    expect(await idsSeen(reader, '_sort=status')).toEqual(expected);
    expect((await opened.store.search(queryOf('_summary=count'), reader)).total).toBe(expected.length);
    const all = ['mine', 'shared', 'theirs', 'open', 'nobodys'];
    const named = all.map((id): ResourceId => ({ type: 'Task', id }));
    expect(idsOf(await opened.store.readMany(named, reader)).sort()).toEqual(expected);
    for (const id of all) {
      const seen = expected.includes(id);
      expect((await opened.store.read('Task', id, reader))?.id).toBe(seen ? id : undefined);
      expect((await opened.store.readVersion('Task', id, 1, reader))?.id).toBe(seen ? id : undefined);
      expect(await opened.store.history('Task', id, reader, { count: 5 })).toHaveLength(seen ? 1 : 0);
    }
  });

  it('may not smuggle a second organisation into the policy', async () => {
    await expect(opened.store.read('Task', 'theirs', ['green-gym,healthy-living'])).rejects.toThrow('comma');
  });

  it('sees through includes only what it may see', async () => {
    const patient = (id: string, audience: Audience): Write => ({
      interaction: 'create',
      resource: { resourceType: 'Patient', id } satisfies Patient,
      audience,
    });
    await opened.store.commit(
      [
        patient('p1', ['healthy-living']),
        create(taskOf({ id: 'child-1', partOf: [{ reference: 'Task/shared' }] }), ['healthy-living']),
        create(taskOf({ id: 'child-2', partOf: [{ reference: 'Task/shared' }] }), ['moor-practice']),
      ],
      act,
    );
    const includes = '_id=shared&_include=Task:patient&_revinclude=Task:part-of';
    const seenBy = async (reader: Audience) => {
      const { matches, included } = await opened.store.search(queryOf(includes), reader);
      return [idsOf(matches), idsOf(included).sort()];
    };
    expect(await seenBy(['moor-practice'])).toEqual([['shared'], ['child-2']]);
    expect(await seenBy(['healthy-living'])).toEqual([['shared'], ['child-1', 'p1']]);
    expect(await seenBy(['*'])).toEqual([['shared'], ['child-1', 'child-2', 'p1']]);
    expect(await seenBy(['green-gym'])).toEqual([[], []]);
  });

  it('loses sight with the version that no longer names it, and keeps what it saw', async () => {
    const moved = await opened.store.commit(
      [{ interaction: 'update', resource: task('mine'), audience: ['healthy-living'], version: 1 }],
      act,
    );
    expect(idsOf(moved)).toEqual(['mine']);
    expect(await idsSeen(['moor-practice'])).toEqual(['shared']);
    expect(await opened.store.read('Task', 'mine', ['moor-practice'])).toBeUndefined();
    expect(await opened.store.read('Task', 'mine', ['healthy-living'])).toMatchObject({ version: 2 });
    expect(
      (await opened.store.history('Task', 'mine', ['moor-practice'], { count: 9 })).map(({ version }) => version),
    ).toEqual([1]);
    expect(
      (await opened.store.history('Task', 'mine', ['healthy-living'], { count: 9 })).map(({ version }) => version),
    ).toEqual([2]);
  });
});

describe('the service’s login', () => {
  beforeEach(async () => {
    await opened.store.commit([create(task('one'), ['moor-practice']), create(task('two'), ['healthy-living'])], act);
    await opened.store.commit([replace('one', ['moor-practice']), replace('two', ['healthy-living'])], act);
  });

  const replace = (id: string, audience: Audience): Write => ({
    interaction: 'update',
    resource: task(id),
    audience,
    version: 1,
  });

  it.each(['resource', 'task', 'history', 'task_history', '(SELECT DISTINCT id FROM every_version)'])(
    'sees of %s what the audience sees, and nothing without one',
    async (table) => {
      const asked = { text: `SELECT id FROM ${table} t ORDER BY id` };
      const seen = (reader: Audience) => opened.database.as(reader).query<{ id: string }>(asked);
      expect(await seen([])).toEqual([]);
      expect(await seen(['moor-practice'])).toEqual([{ id: 'one' }]);
      expect(await seen(['healthy-living', 'green-gym'])).toEqual([{ id: 'two' }]);
      expect(await seen(everyone)).toEqual([{ id: 'one' }, { id: 'two' }]);
      const unset = await opened.database.transaction(everyone, async (tx) => {
        await tx.query({ text: `SELECT set_config('ginnel.audience', '', true)` });
        return tx.query(asked);
      });
      expect(unset).toEqual([]);
    },
  );

  it.each([
    'UPDATE task_history SET content = content',
    'DELETE FROM history',
    'UPDATE audit_event SET agent = agent',
    'DELETE FROM audit_event',
    'TRUNCATE task',
    'ALTER TABLE task DISABLE ROW LEVEL SECURITY',
    'DROP POLICY audience ON task',
    `SET SESSION AUTHORIZATION postgres`,
  ])('may not %s', async (text) => {
    await expect(opened.database.as(everyone).query({ text })).rejects.toThrow(/permission denied|must be owner/);
  });

  it('changes no row that its audience does not see', async () => {
    await opened.database.as(['moor-practice']).query({ text: `UPDATE task SET deleted = true` });
    expect(await opened.rows('SELECT id, deleted FROM task ORDER BY id')).toEqual([
      { id: 'one', deleted: true },
      { id: 'two', deleted: false },
    ]);
  });
});

describe('connections that change hands', () => {
  it.each([1, 2])('never show one reader what another may see, with %i of them', async (maxConnections) => {
    await opened.store.commit(
      organisations.flatMap((organisation) =>
        [1, 2, 3].map((at) => create(task(`${organisation}-${String(at)}`), [organisation])),
      ),
      act,
    );
    const { store, database } = opened.beside({ maxConnections });
    const random = new Random(maxConnections);
    await Promise.all(
      Array.from({ length: 300 }, async () => {
        const reader = random.chance(0.1) ? everyone : random.some(organisations, 2);
        const expected = organisations.filter((each) => sees(reader, [each])).length * 3;
        const bare = await database.as(reader).query({ text: 'SELECT id FROM task' });
        const page = await store.search(queryOf('_count=1000'), reader);
        const counted = await database.transaction(reader, (tx) => tx.query({ text: 'SELECT id FROM resource' }));
        expect([bare.length, page.matches.length, counted.length]).toEqual([expected, expected, expected]);
      }),
    );
  });
});

describe('anyone who reads anything', () => {
  it('sees every version that names them, and no other', async () => {
    const random = new Random(5);
    const versions: Stored[] = [];
    const audience = () => random.some(organisations, 3);
    const ids = Array.from({ length: 60 }, (_, at) => `t${String(at)}`);
    versions.push(
      ...(await opened.store.commit(
        ids.map((id) => create(task(id), audience())),
        act,
      )),
    );
    for (let round = 1; round <= 3; round++) {
      const current = versions.filter(({ version, deleted }) => version === round && !deleted);
      const writes = random
        .some(current, current.length)
        .map(({ id, version }): Write =>
          random.chance(0.2)
            ? { interaction: 'delete', type: 'Task', id, version, audience: audience() }
            : { interaction: 'update', resource: task(id), version, audience: audience() },
        );
      versions.push(...(await opened.store.commit(writes, act)));
    }
    for (let at = 0; at < 500; at++) {
      const reader = random.chance(0.05) ? everyone : audience();
      const id = random.oneOf(ids);
      const own = versions.filter((stored) => stored.id === id);
      const current = own.at(-1);
      const visible = own.filter((stored) => sees(reader, stored.audience)).reverse();
      expect(await opened.store.history('Task', id, reader, { count: 10 })).toEqual(visible);
      expect(await opened.store.read('Task', id, reader)).toEqual(visible.find((each) => each === current));
      const version = 1 + random.below(4);
      expect(await opened.store.readVersion('Task', id, version, reader)).toEqual(
        visible.find((each) => each.version === version),
      );
      const many = random.some(ids, 20);
      const expected = many.filter((each) => {
        const last = versions.filter((stored) => stored.id === each).at(-1);
        return last !== undefined && !last.deleted && sees(reader, last.audience);
      });
      const named = many.map((each) => ({ type: 'Task', id: each }));
      expect(idsOf(await opened.store.readMany(named, reader)).sort()).toEqual(expected.sort());
    }
  });

  it('reads within a transaction what it has written, and asks one thing at a time there', async () => {
    const service: HealthcareService = { resourceType: 'HealthcareService', id: 'h1' };
    await opened.database.transaction(everyone, async (tx) => {
      const [stored] = await opened.store.commit([create(task('t1'), ['moor-practice'])], act, tx);
      await opened.store.follow(
        { ...(stored as Stored), type: 'HealthcareService', id: 'h1', content: JSON.stringify(service) },
        tx,
      );
      expect(await opened.store.read('Task', 't1', ['moor-practice'], tx)).toEqual(stored);
      expect(await opened.store.read('Task', 't1', ['green-gym'], tx)).toBeUndefined();
      const both = [
        { type: 'Task', id: 't1' },
        { type: 'HealthcareService', id: 'h1' },
        { type: 'Measure', id: 'elsewhere' },
      ];
      expect(idsOf(await opened.store.readMany(both, ['moor-practice'], tx))).toEqual(['t1', 'h1']);
      expect(await opened.store.readMany(both, ['green-gym'], tx)).toEqual([]);
    });
  });
});
