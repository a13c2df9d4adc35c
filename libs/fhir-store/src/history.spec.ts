import type { Patient } from 'fhir/r4';
import { type Audience, everyone, sees } from '#fhir';
import { act, asAdmin, create, openStore, type OpenedStore, taskOf } from '../test/opened-store.js';
import { Random } from '../test/random.js';
import { organisations } from '../test/random-resources.js';
import { type HistoryPage, type HistoryPlace, typesStatement } from './history-statement.js';
import type { Stored, Write } from './stored.js';

const begun = Date.parse('2026-03-14T09:30:00Z');
let minute = 0;
let opened: OpenedStore;

beforeAll(async () => {
  opened = await openStore({ now: () => at(minute) });
});
afterEach(async () => {
  await opened.empty();
  minute = 0;
});
afterAll(async () => {
  await opened.close();
});

function at(minutes: number): Date {
  return new Date(begun + minutes * 60_000);
}

const commit = (writes: readonly Write[]) => opened.store.commit(writes, act);

const update = ({ id, version }: { id: string; version: number }, audience: Audience = ['moor-practice']): Write => ({
  interaction: 'update',
  resource: taskOf({ id }),
  audience,
  version,
});

const remove = (id: string, version: number): Write => ({
  interaction: 'delete',
  type: 'Task',
  id,
  version,
  audience: ['moor-practice'],
});

const patient = (id: string): Write => ({
  interaction: 'create',
  resource: { resourceType: 'Patient', id } satisfies Patient,
  audience: ['moor-practice'],
});

const named = (versions: readonly Stored[]) =>
  versions.map(({ type, id, version, deleted }) => `${type}/${id} ${String(version)}${deleted ? ' deleted' : ''}`);

async function pages(type: string | undefined, reader: Audience, page: HistoryPage): Promise<Stored[]> {
  const found: Stored[] = [];
  for (let before: HistoryPlace | undefined; ;) {
    const next = await opened.store.historyOf(type === undefined ? {} : { type }, reader, {
      ...page,
      ...(before ? { before } : {}),
    });
    found.push(...next);
    before = next.at(-1);
    if (next.length < page.count) return found;
  }
}

describe('a history', () => {
  beforeEach(async () => {
    await commit([create(taskOf({ id: 't1' })), create(taskOf({ id: 't2' })), patient('p1')]);
    minute = 1;
    await commit([update({ id: 't1', version: 1 })]);
    minute = 2;
    await commit([remove('t1', 2), patient('p2')]);
    minute = 3;
    await commit([update({ id: 't1', version: 3 })]);
  });

  const ofTasks = ['Task/t1 4', 'Task/t1 3 deleted', 'Task/t1 2', 'Task/t2 1', 'Task/t1 1'];
  const ofAll = [
    'Task/t1 4',
    'Patient/p2 1',
    'Task/t1 3 deleted',
    'Task/t1 2',
    'Task/t2 1',
    'Task/t1 1',
    'Patient/p1 1',
  ];

  it.each([['moor-practice'], ['*'], ['public', 'moor-practice', 'moor-practice']])(
    'of a type, and of all of them, is newest first for %s',
    async (...reader) => {
      expect(named(await opened.store.historyOf({ type: 'Task' }, reader, { count: 50 }))).toEqual(ofTasks);
      const all = named(await opened.store.historyOf({}, reader, { count: 50 }));
      expect(new Set(all)).toEqual(new Set(ofAll));
      expect(all.slice(0, 1)).toEqual(['Task/t1 4']);
      expect(named(await pages(undefined, reader, { count: 2 }))).toEqual(all);
    },
  );

  it('holds each version as it was', async () => {
    const [, , second] = await opened.store.historyOf({ type: 'Task' }, everyone, { count: 3 });
    expect(second).toEqual(await opened.store.readVersion('Task', 't1', 2, everyone));
    expect(JSON.parse(second?.content ?? '')).toMatchObject({ id: 't1', meta: { versionId: '2' } });
    expect(second).toMatchObject({ lastUpdated: at(1), audience: ['moor-practice'], deleted: false });
  });

  it('shows nothing to who may see nothing, and knows no copies', async () => {
    await opened.database.transaction(everyone, (tx) =>
      opened.store.follow(
        {
          ...{ type: 'Organization', id: 'o1', version: 1, lastUpdated: at(9), audience: ['public'], deleted: false },
          content: '{"resourceType":"Organization","id":"o1"}',
        },
        tx,
      ),
    );
    expect(await opened.store.historyOf({}, ['green-gym'], { count: 9 })).toEqual([]);
    expect(await opened.store.historyOf({}, [], { count: 9 })).toEqual([]);
    expect(named(await opened.store.historyOf({}, ['public'], { count: 9 }))).toEqual([]);
    expect(named(await opened.store.historyOf({}, everyone, { count: 9 }))).not.toContain('Organization/o1 1');
  });

  it('begins at a time', async () => {
    const since = at(2);
    expect(named(await opened.store.historyOf({ type: 'Task' }, everyone, { count: 9, since }))).toEqual([
      'Task/t1 4',
      'Task/t1 3 deleted',
    ]);
    expect(named(await opened.store.history('Task', 't1', everyone, { count: 9, since }))).toEqual([
      'Task/t1 4',
      'Task/t1 3 deleted',
    ]);
  });

  it('tells what was current at a time', async () => {
    const first = { low: at(0.5), high: at(1.5) };
    expect(named(await opened.store.historyOf({ type: 'Task' }, ['moor-practice'], { count: 9, at: first }))).toEqual([
      'Task/t1 2',
      'Task/t2 1',
      'Task/t1 1',
    ]);
    expect(named(await opened.store.history('Task', 't1', everyone, { count: 9, at: first }))).toEqual([
      'Task/t1 2',
      'Task/t1 1',
    ]);
    const moment = { low: at(1), high: new Date(at(1).getTime() + 1) };
    expect(named(await opened.store.historyOf({ type: 'Task' }, everyone, { count: 9, at: moment }))).toEqual([
      'Task/t1 2',
      'Task/t2 1',
    ]);
  });

  it('goes on where it was left, whatever is written meanwhile', async () => {
    const [first, second] = await opened.store.historyOf({ type: 'Task' }, everyone, { count: 2 });
    minute = 4;
    await commit([update({ id: 't2', version: 1 }), update({ id: 't1', version: 4 })]);
    expect(named([first as Stored, second as Stored])).toEqual(ofTasks.slice(0, 2));
    const before = second as Stored;
    expect(named(await opened.store.historyOf({ type: 'Task' }, everyone, { count: 9, before }))).toEqual(
      ofTasks.slice(2),
    );
    expect(named(await opened.store.history('Task', 't1', everyone, { count: 9, before: 3 }))).toEqual([
      'Task/t1 2',
      'Task/t1 1',
    ]);
  });

  it('walks through indexes only', async () => {
    const filler = Array.from({ length: 2000 }, (_, each) => create(taskOf({ id: `f${String(each)}` }), ['others']));
    await commit(filler);
    await commit(filler.map((_, each) => update({ id: `f${String(each)}`, version: 1 }, ['others'])));
    await asAdmin(opened.adminUrl, 'ANALYZE');
    for (const reader of [['moor-practice'], ['*']]) {
      const plan = await planOf(reader);
      expect(plan).not.toMatch(/Seq Scan on (task|past)/);
      expect(plan).not.toMatch(/loops=\d{3}|rows=\d{3}/);
      expect(plan).toContain('past_audience_sees');
    }
  });

  async function planOf(reader: Audience): Promise<string> {
    const page = { count: 3, at: { low: at(0.5), high: at(1.5) } };
    const { text, values = [] } = typesStatement(['Task', 'Patient'], reader, page);
    const rows = await opened.rows(`EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS OFF) ${text}`, values);
    return rows.map((row) => String(row['QUERY PLAN'])).join('\n');
  }
});

describe('anyone who asks for a history', () => {
  it('sees every version that names them, and no other', async () => {
    const random = new Random(13);
    const versions: Stored[] = [];
    const audience = () => random.some(organisations, 3);
    const ids = Array.from({ length: 30 }, (_, each) => `t${String(each)}`);
    versions.push(...(await commit(ids.map((id) => create(taskOf({ id }), audience())))));
    for (minute = 1; minute < 5; minute++) {
      const current = ids.flatMap((id) => versions.filter((stored) => stored.id === id).at(-1) ?? []);
      const writes = random
        .some(current, current.length)
        .map((stored): Write =>
          !stored.deleted && random.chance(0.3)
            ? { ...remove(stored.id, stored.version), audience: audience() }
            : update(stored, audience()),
        );
      versions.push(...(await commit(writes)));
    }
    const inOrder = [...versions].sort(
      (a, b) =>
        b.lastUpdated.getTime() - a.lastUpdated.getTime() ||
        (a.id < b.id ? 1 : a.id > b.id ? -1 : b.version - a.version),
    );
    for (let round = 0; round < 60; round++) {
      const reader = random.chance(0.1) ? everyone : audience();
      const since = random.chance(0.3) ? at(random.below(5)) : undefined;
      const expected = inOrder.filter(
        (stored) => sees(reader, stored.audience) && (!since || stored.lastUpdated >= since),
      );
      const page = { count: 1 + random.below(40), ...(since ? { since } : {}) };
      expect(await pages('Task', reader, page)).toEqual(expected);
      expect(await pages(undefined, reader, page)).toEqual(expected);
    }
  });
});
