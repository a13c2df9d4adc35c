import { everyone } from '#fhir';
import { Random } from '../test/random.js';
import { act, create, openStore, type OpenedStore, taskOf } from '../test/opened-store.js';
import { DuplicateKey, type HeldKey, type Stored, type Write } from './stored.js';

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

const commit = (writes: readonly Write[], more: object = {}) => opened.store.commit(writes, { ...act, ...more });

const key = 'moor-practice|Task|identifier=1';

const holding = (id: string, ...holds: HeldKey[]): Write => create(taskOf({ id }), ['moor-practice'], { holds });

const update = ({ id, version }: { id: string; version: number }, ...holds: HeldKey[]): Write => ({
  interaction: 'update',
  resource: taskOf({ id }),
  audience: ['moor-practice'],
  version,
  holds,
});

const remove = ({ id, version }: { id: string; version: number }): Write => ({
  interaction: 'delete',
  type: 'Task',
  id,
  version,
  audience: ['moor-practice'],
});

const task = (id: string) => ({ type: 'Task', id });

const outcomes = (results: readonly PromiseSettledResult<Stored[]>[]) => ({
  written: results.flatMap((result) => (result.status === 'fulfilled' ? result.value : [])),
  refused: results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : [])),
});

describe('a held key', () => {
  it('has one holder, until that is deleted', async () => {
    await commit([holding('t1', { key })]);
    expect(await opened.store.holderOf(key)).toEqual({ ...task('t1'), version: 1, deleted: false });
    const before = await opened.counts();
    await expect(commit([holding('t2', { key })])).rejects.toMatchObject({ name: 'DuplicateKey', key });
    expect(await opened.counts()).toEqual(before);
    await commit([update({ id: 't1', version: 1 })]);
    expect(await opened.store.holderOf(key)).toEqual({ ...task('t1'), version: 2, deleted: false });
    await commit([remove({ id: 't1', version: 2 })]);
    expect([await opened.store.holderOf(key), await opened.store.wasUsed(key)]).toEqual([undefined, false]);
    await commit([holding('t2', { key })]);
    expect(await opened.store.holderOf(key)).toEqual({ ...task('t2'), version: 1, deleted: false });
  });

  it('may be taken by an update, and taken again by its holder', async () => {
    await commit([create(taskOf({ id: 't1' })), create(taskOf({ id: 't2' }))]);
    await commit([update({ id: 't1', version: 1 }, { key })]);
    await commit([update({ id: 't1', version: 2 }, { key })]);
    await expect(commit([update({ id: 't2', version: 1 }, { key })])).rejects.toThrow(DuplicateKey);
    expect(await opened.store.holderOf(key)).toEqual({ ...task('t1'), version: 3, deleted: false });
  });

  it('passes from the holder that is named, and from no other', async () => {
    await commit([holding('t1', { key }), create(taskOf({ id: 't9' }))]);
    await expect(commit([holding('t2', { key, instead: task('t9') })])).rejects.toMatchObject({ key });
    await commit([holding('t2', { key, instead: task('t1') })]);
    await expect(commit([holding('t3', { key, instead: task('t1') })])).rejects.toMatchObject({ key });
    expect(await opened.store.holderOf(key)).toEqual({ ...task('t2'), version: 1, deleted: false });
    await commit([remove({ id: 't1', version: 1 })]);
    expect(await opened.store.holderOf(key)).toEqual({ ...task('t2'), version: 1, deleted: false });
  });

  it('passes from what is deleted in the same commit', async () => {
    await commit([holding('t1', { key }, { key: 'other' })]);
    await commit([remove({ id: 't1', version: 1 }), holding('t2', { key })]);
    expect(await opened.store.holderOf(key)).toEqual({ ...task('t2'), version: 1, deleted: false });
    expect(await opened.store.wasUsed('other')).toBe(false);
  });

  it('is kept apart from keys that may be used once: these no delete frees', async () => {
    await commit([{ ...holding('t1', { key }), keys: ['slot/1'] }], { keys: ['request|1'] });
    await commit([remove({ id: 't1', version: 1 })]);
    expect(await opened.rows('SELECT key, resource_type, resource_id FROM used_key ORDER BY key')).toEqual(
      ['request|1', 'slot/1'].map((once) => ({ key: once, resource_type: null, resource_id: null })),
    );
    await expect(commit([holding('t2', { key: 'request|1', instead: task('t1') })])).rejects.toThrow(DuplicateKey);
    expect(await opened.store.holderOf('request|1')).toBeUndefined();
  });

  it('is refused to two resources of one commit', async () => {
    await expect(commit([holding('t1', { key }), holding('t2', { key })])).rejects.toThrow(DuplicateKey);
    await commit([create(taskOf({ id: 't1' })), create(taskOf({ id: 't2' }))]);
    const both = commit([update({ id: 't1', version: 1 }, { key }), update({ id: 't2', version: 1 }, { key })]);
    await expect(both).rejects.toMatchObject({ status: 409, issues: [{ code: 'conflict' }] });
    expect(await opened.counts()).toMatchObject({ resource: 2, used_key: 0 });
  });

  it('may be longer than an index takes', async () => {
    const long = 'criteria '.repeat(1000);
    await commit([holding('t1', { key: `${long}1` }), holding('t2', { key: `${long}2` })]);
    expect(await opened.store.holderOf(`${long}2`)).toEqual({ ...task('t2'), version: 1, deleted: false });
    await expect(commit([holding('t3', { key: `${long}1` })])).rejects.toMatchObject({ key: `${long}1` });
    await commit([holding('t3', { key: `${long}1`, instead: task('t1') })]);
    expect(await opened.store.holderOf(`${long}1`)).toEqual({ ...task('t3'), version: 1, deleted: false });
  });
});

describe('a thousand writers at once', () => {
  it('let one hold a new key, and the others leave nothing', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 1000 }, (_, at) => commit([holding(`t${String(at)}`, { key })])),
    );
    const { written, refused } = outcomes(results);
    expect([written.length, refused.filter((error) => error instanceof DuplicateKey).length]).toEqual([1, 999]);
    expect(await opened.store.holderOf(key)).toEqual({ ...task(written[0]?.id ?? ''), version: 1, deleted: false });
    expect(await opened.counts()).toMatchObject({ resource: 1, outbox: 1, audit_event: 1, used_key: 1 });
  });

  it('let one take a key from its holder, while that is deleted', async () => {
    await commit([holding('t0', { key })]);
    const takers = Array.from({ length: 1000 }, (_, at) =>
      commit([
        at === 500 ? remove({ id: 't0', version: 1 }) : holding(`t${String(at + 1)}`, { key, instead: task('t0') }),
      ]),
    );
    const { written, refused } = outcomes(await Promise.allSettled(takers));
    expect(written.map(({ deleted }) => deleted).sort()).toEqual([false, true]);
    expect(refused.every((error) => error instanceof DuplicateKey)).toBe(true);
    const [taker] = written.filter(({ deleted }) => !deleted);
    expect(await opened.store.holderOf(key)).toEqual({ ...task(taker?.id ?? ''), version: 1, deleted: false });
  });

  it.each([11, 12, 13])(
    'never wait for each other in a ring, whatever they claim, pass on and delete (seed %i)',
    async (seed) => {
      const random = new Random(seed);
      const keys = ['k1', 'k2', 'k3', 'k4'];
      let next = 0;
      const live = new Map<string, number>();
      const refused: unknown[] = [];
      for (let round = 0; round < 10; round++) {
        const holders = await Promise.all(keys.map((each) => opened.store.holderOf(each)));
        const commits = Array.from({ length: 40 }, () => {
          const claims = random.some(
            keys.map((each, at) => ({ key: each, holder: holders[at] })),
            3,
          );
          const holds = claims.map(({ key: each, holder }) => ({ key: each, ...(holder ? { instead: holder } : {}) }));
          const gone = random
            .some(
              [...live].map(([id, version]) => ({ id, version })),
              2,
            )
            .map(remove);
          return commit([...gone, holding(`n${String(next++)}`, ...holds)]);
        });
        const done = outcomes(await Promise.allSettled(commits));
        refused.push(...done.refused);
        for (const { id, version, deleted } of done.written)
          if (deleted) live.delete(id);
          else live.set(id, version);
      }
      expect(refused.filter((error) => !(error instanceof DuplicateKey) && !isConflict(error))).toEqual([]);
      expect(
        await opened.rows(`SELECT k.key FROM used_key k LEFT JOIN resource r ON r.type = k.resource_type AND r.id = k.resource_id
        WHERE r.id IS NULL OR r.deleted`),
      ).toEqual([]);
      expect(live.size).toBeGreaterThan(0);
    },
  );
});

describe('a version that a transaction has reserved', () => {
  const reserve = (id: string, transaction: string) =>
    opened.rows('UPDATE task SET reserved_by = $2 WHERE id = $1', [id, transaction]);

  it('is replaced by that transaction only', async () => {
    await commit([create(taskOf({ id: 't1' })), create(taskOf({ id: 't2' }))]);
    await Promise.all([reserve('t1', 'tx-1'), reserve('t2', 'tx-1')]);
    const refusal = { status: 409, issues: [{ code: 'transient', severity: 'error' }] };
    await expect(commit([update({ id: 't1', version: 1 })])).rejects.toMatchObject(refusal);
    await expect(commit([remove({ id: 't1', version: 1 })], { transaction: 'tx-2' })).rejects.toMatchObject(refusal);
    expect(await opened.store.read('Task', 't1', everyone)).toMatchObject({ version: 1 });
    await commit([update({ id: 't1', version: 1 }), remove({ id: 't2', version: 1 })], { transaction: 'tx-1' });
    await commit([update({ id: 't1', version: 2 })]);
    expect(await opened.rows('SELECT id, version, deleted, reserved_by FROM task ORDER BY id')).toEqual([
      { id: 't1', version: 3, deleted: false, reserved_by: null },
      { id: 't2', version: 2, deleted: true, reserved_by: null },
    ]);
  });

  it('may be the one before the first: nobody sees it, and nobody else takes its id', async () => {
    await opened.rows(`INSERT INTO task (type, id, version, last_updated, audience, deleted, content, reserved_by)
      VALUES ('Task', 't1', 0, now(), '{}', true, '', 'tx-1')`);
    expect(await opened.store.read('Task', 't1', everyone)).toBeUndefined();
    expect(await opened.store.readMany([task('t1')], everyone)).toEqual([]);
    await expect(commit([create(taskOf({ id: 't1' }))])).rejects.toMatchObject({ status: 409 });
    await expect(commit([update({ id: 't1', version: 0 })])).rejects.toMatchObject({ status: 409 });
    await commit([update({ id: 't1', version: 0 })], { transaction: 'tx-1' });
    expect(await opened.store.read('Task', 't1', everyone)).toMatchObject({ version: 1, deleted: false });
    expect(await opened.rows('SELECT type, version FROM outbox')).toEqual([{ type: 'task-created.v1', version: 1 }]);
  });
});

function isConflict(error: unknown): boolean {
  return error instanceof Error && 'status' in error && error.status === 409;
}
