import type { Task } from 'fhir/r4';
import { everyone, FhirError, parseJson } from '#fhir';
import { act, asAdmin, create, openStore, type OpenedStore, taskOf } from '../test/opened-store.js';
import { DuplicateKey, type Reservation, type Stored, type Write } from './index.js';

let now = new Date('2026-03-14T09:30:00.000Z');
let woken = 0;
let opened: OpenedStore;

beforeAll(async () => {
  opened = await openStore({ now: () => now, onCommitted: () => (woken += 1) });
});
afterEach(async () => {
  await opened.empty();
  await asAdmin(opened.adminUrl, 'TRUNCATE referral.reservation, referral.transaction_decision');
});
afterAll(async () => {
  await opened.close();
});

const reserve = (writes: readonly Write[], more: Partial<Reservation> = {}): Promise<string> =>
  opened.store.reservations.reserve({ transaction: 't', coordinator: 'referral', writes, act, answer: 'a', ...more });
const apply = (): Promise<Stored[]> => opened.store.reservations.apply('t');
const release = (): Promise<void> => opened.store.reservations.release('t');
const read = (id: string): Promise<Stored | undefined> => opened.store.read('Task', id, everyone);

const change = ({ version, audience, content }: Stored, more: Partial<Task> = {}): Write => ({
  interaction: 'update',
  resource: { ...(JSON.parse(content) as Task), ...more },
  audience,
  version,
});

async function stored(id: string, more: Partial<Write> = {}): Promise<Stored> {
  const [made] = await opened.store.commit([create(taskOf({ id }), undefined, more)], act);
  return made as Stored;
}

async function refusalOf(work: Promise<unknown>): Promise<FhirError | DuplicateKey> {
  const thrown: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof FhirError || thrown instanceof DuplicateKey) return thrown;
  throw new Error('It was not refused.');
}

describe('a reservation', () => {
  it('lets nobody else write what it has set aside, and is seen by nobody', async () => {
    const old = await stored('old');
    await reserve([change(old, { status: 'received' }), create(taskOf({ id: 'new' }))]);
    expect(await refusalOf(opened.store.commit([change(old)], act))).toMatchObject({ status: 409 });
    expect(await refusalOf(opened.store.commit([create(taskOf({ id: 'new' }))], act))).toMatchObject({ status: 409 });
    expect([await read('old'), await opened.store.read('Task', 'new', ['moor-practice'])]).toEqual([old, undefined]);
    expect(await opened.store.readMany([{ type: 'Task', id: 'new' }], everyone)).toEqual([]);
  });

  it('is applied once, however often that is asked for', async () => {
    const old = await stored('old');
    await reserve([change(old, { status: 'received' }), create(taskOf({ id: 'new' }))]);
    now = new Date('2026-03-14T09:31:00.000Z');
    const before = woken;
    const applied = await apply();
    expect(applied.map(({ type, id, version }) => [type, id, version])).toEqual([
      ['Task', 'old', 2],
      ['Task', 'new', 1],
    ]);
    expect([await read('old'), await read('new')]).toEqual(applied);
    expect(await apply()).toEqual(applied);
    expect(woken).toBeGreaterThan(before);
    expect(await opened.rows('SELECT resource_id, version FROM outbox ORDER BY id')).toHaveLength(3);
    expect(await opened.rows('SELECT state, writes, act FROM reservation')).toEqual([
      { state: 'applied', writes: null, act: null },
    ]);
    expect(await opened.rows('SELECT id FROM resource WHERE reserved_by IS NOT NULL')).toEqual([]);
    await opened.store.commit([change(applied[0] as Stored)], act);
  });

  it('writes a delete that was reserved', async () => {
    const { type, id, version, audience } = await stored('old');
    await reserve([{ interaction: 'delete', type, id, version, audience }]);
    expect(await apply()).toMatchObject([{ type, id, version: 2, deleted: true, content: '' }]);
    expect(await apply()).toMatchObject([{ type, id, version: 2, deleted: true, content: '' }]);
  });

  it('keeps the digits of decimals', async () => {
    const extension = [{ url: 'https://ginnel.example/weight', valueDecimal: 0 }];
    const sent = JSON.stringify(taskOf({ id: 'new', extension })).replace('"valueDecimal":0', '"valueDecimal":1.500');
    await reserve([create(parseJson(sent) as Task)]);
    const [applied] = await apply();
    expect(applied?.content).toContain('"valueDecimal":1.500');
  });

  it('is let go without a trace, and what comes late for it is refused', async () => {
    const old = await stored('old');
    const keys = ['a place'];
    await reserve([{ ...change(old), keys }, create(taskOf({ id: 'new' }))]);
    expect(await opened.store.wasUsed('a place')).toBe(true);
    await release();
    await release();
    expect([await opened.store.wasUsed('a place'), await read('new')]).toEqual([false, undefined]);
    expect(await refusalOf(reserve([change(old)]))).toMatchObject({ status: 409 });
    await opened.store.commit([{ ...change(old), keys }], act);
    expect(await read('old')).toMatchObject({ version: 2 });
  });

  it('is refused before it comes where it was given up already', async () => {
    await release();
    expect(await refusalOf(reserve([create(taskOf({ id: 'new' }))]))).toMatchObject({ status: 409 });
    expect(await read('new')).toBeUndefined();
  });

  it('changes nothing when it comes a second time', async () => {
    const writes = [create(taskOf({ id: 'new' }))];
    const answers = await Promise.all([reserve(writes), reserve(writes, { answer: 'b' })]);
    expect(new Set(answers).size).toBe(1);
    await apply();
    expect(await refusalOf(reserve(writes))).toMatchObject({ status: 409 });
    expect(await read('new')).toMatchObject({ version: 1 });
  });

  it('holds nothing where one thing is not to be had', async () => {
    const old = await stored('old');
    const other = await stored('other', { keys: ['a place'] });
    await opened.store.commit([change(other)], act);
    const free = { ...create(taskOf({ id: 'new' })), keys: ['free'] };
    for (const [writes, status] of [
      [[free, change(old), change(other)], 409],
      [[free, change(old), create(taskOf({ id: 'other' }))], 409],
      [[free, { ...change(old), keys: ['a place'] }], 409],
    ] as const) {
      expect(await refusalOf(reserve(writes))).toMatchObject({ status });
      expect(await opened.store.wasUsed('free')).toBe(false);
    }
    expect(await opened.rows('SELECT id FROM resource WHERE reserved_by IS NOT NULL')).toEqual([]);
    expect(await opened.rows('SELECT transaction FROM reservation')).toEqual([]);
  });

  it('takes the key that a resource holds, and gives it back', async () => {
    const holder = await stored('holder', { holds: [{ key: 'criteria' }] });
    const claim: Write = {
      ...create(taskOf({ id: 'new' })),
      holds: [{ key: 'criteria', instead: { type: 'Task', id: 'holder' } }],
    };
    const plain: Write = { ...create(taskOf({ id: 'newer' })), holds: [{ key: 'criteria' }] };
    expect(await refusalOf(reserve([plain], { transaction: 'u' }))).toBeInstanceOf(DuplicateKey);
    await reserve([claim]);
    expect(await opened.store.holderOf('criteria')).toBeUndefined();
    await release();
    expect(await opened.store.holderOf('criteria')).toEqual({
      type: 'Task',
      id: 'holder',
      version: holder.version,
      deleted: false,
    });
    await reserve([claim], { transaction: 'v' });
    await opened.store.reservations.apply('v');
    expect(await opened.store.holderOf('criteria')).toEqual({ type: 'Task', id: 'new', version: 1, deleted: false });
  });

  it('gives a key back to who was deleted meanwhile such that the next one may take it', async () => {
    const holder = await stored('holder', { holds: [{ key: 'criteria' }] });
    const instead = { type: 'Task', id: 'holder' };
    await reserve([{ ...create(taskOf({ id: 'new' })), holds: [{ key: 'criteria', instead }] }]);
    const { type, id, version, audience } = holder;
    await opened.store.commit([{ interaction: 'delete', type, id, version, audience }], act);
    await release();
    expect(await opened.store.holderOf('criteria')).toEqual({ ...instead, version: 2, deleted: true });
    await stored('next', { holds: [{ key: 'criteria', instead }] });
    expect(await opened.store.holderOf('criteria')).toEqual({ type: 'Task', id: 'next', version: 1, deleted: false });
  });

  it('of two that want the same, in opposite order, goes to one', async () => {
    const [a, b] = [await stored('a'), await stored('b')];
    const outcomes = await Promise.allSettled([
      reserve([change(a), change(b)], { transaction: 'one' }),
      reserve([change(b), change(a)], { transaction: 'other' }),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('shows what is planned to no reader', async () => {
    await reserve([create(taskOf({ id: 'new' }))]);
    const read = { text: 'SELECT transaction FROM reservation' };
    expect(await opened.database.as(['moor-practice']).query(read)).toEqual([]);
    expect(await opened.database.as(everyone).query(read)).toEqual([{ transaction: 't' }]);
  });

  it('tells which ones wait for a decision, and since when', async () => {
    await reserve([create(taskOf({ id: 'new' }))]);
    const { reservations } = opened.store;
    expect(await reservations.open(new Date(now.getTime() - 1))).toEqual([]);
    expect(await reservations.open(now)).toEqual([{ transaction: 't', coordinator: 'referral' }]);
    await apply();
    expect(await reservations.open(now)).toEqual([]);
    await reservations.prune(new Date(now.getTime() + 1));
    expect(await opened.rows('SELECT transaction FROM reservation')).toEqual([]);
  });
});

describe('a decision', () => {
  const commit = (own: () => Promise<unknown> = () => Promise.resolve()): Promise<unknown> =>
    opened.store.decisions.commit({ transaction: 't', participants: ['questionnaire'] }, own);

  it('is committed with what the coordinator writes itself, or neither', async () => {
    await reserve([create(taskOf({ id: 'new' }))]);
    await expect(commit(() => Promise.reject(new Error('lost')))).rejects.toThrow('lost');
    expect(await opened.rows('SELECT transaction FROM transaction_decision')).toEqual([]);
    await opened.store.decisions.commit({ transaction: 't', participants: ['questionnaire'] }, (session) =>
      opened.store.reservations.apply('t', session),
    );
    expect([await read('new'), await opened.store.decisions.decide('t')]).toMatchObject([{ version: 1 }, 'committed']);
  });

  it('is aborted by the question for it, and not committed afterwards', async () => {
    expect(await opened.store.decisions.decide('t')).toBe('aborted');
    expect(await refusalOf(commit())).toMatchObject({ status: 409 });
    expect(await opened.store.decisions.decide('t')).toBe('aborted');
  });

  it('is one, whoever comes first', async () => {
    const told = await Promise.allSettled([
      commit(),
      opened.store.decisions.decide('t'),
      opened.store.decisions.decide('t'),
    ]);
    const decision = await opened.store.decisions.decide('t');
    expect(told[0].status).toBe(decision === 'committed' ? 'fulfilled' : 'rejected');
    expect(told.slice(1)).toEqual([1, 2].map(() => ({ status: 'fulfilled', value: decision })));
  });

  it('stays open until every participant has applied it', async () => {
    await commit();
    const { decisions } = opened.store;
    expect(await decisions.open(now)).toEqual([{ transaction: 't', participants: ['questionnaire'] }]);
    await decisions.settle('t');
    expect(await decisions.open(now)).toEqual([]);
    await decisions.prune(new Date(now.getTime() + 1));
    expect(await opened.rows('SELECT transaction FROM transaction_decision')).toEqual([]);
  });
});
