import { everyone } from '#fhir';
import type { FhirStore } from './fhir-store.js';
import { RequestDone, RequestUnderWay } from './request-keys.js';
import type { Act, Stored } from './stored.js';
import { act, create, openStore, type OpenedStore, taskOf } from '../test/opened-store.js';

let opened: OpenedStore;
let store: FhirStore;

beforeAll(async () => {
  opened = await openStore();
  ({ store } = opened);
});
afterAll(() => opened.close());

const once = (key: string, more: Partial<Act> = {}): Act => ({
  ...act,
  once: { key, hash: `hash of ${key}` },
  ...more,
});
const commit = (id: string, by: Act): Promise<Stored[]> => store.commit([create(taskOf({ id }), ['a'])], by);

describe('the key of a request', () => {
  it('is committed with what the request did, and says what that was', async () => {
    const by = once('x|gp|1', { onceAnswer: { status: 201, target: { type: 'Task', id: 'one' } } });
    await store.commit([create(taskOf({ id: 'beside' }), ['a']), create(taskOf({ id: 'one' }), ['a'])], by);
    expect(by.once?.isWritten).toBe(true);
    expect(await store.requests.find('x|gp|1')).toEqual({
      hash: 'hash of x|gp|1',
      status: 201,
      made: ['Task/one/_history/1', 'Task/beside/_history/1'],
      answer: null,
    });
  });

  it('lets the same be done once: of a hundred at one moment one is committed, and leaves nothing of the others', async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, (_, at) => commit(`racing-${String(at)}`, once('x|gp|race'))),
    );
    const failed = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
    expect(failed).toHaveLength(99);
    expect(failed.every((error) => error instanceof RequestDone || error instanceof RequestUnderWay)).toBe(true);
    const stored = await Promise.all(
      Array.from({ length: 100 }, (_, at) => store.read('Task', `racing-${String(at)}`, everyone)),
    );
    expect(stored.filter((one) => one !== undefined)).toHaveLength(1);
  });

  it('goes together with other acts in one statement, each with its own', async () => {
    const ids = Array.from({ length: 40 }, (_, at) => `grouped-${String(at)}`);
    await Promise.all(ids.map((id, at) => commit(id, at % 2 === 0 ? once(`x|gp|${id}`) : act)));
    const found = await Promise.all(ids.map((id) => store.requests.find(`x|gp|${id}`)));
    expect(found.map((done) => done?.made)).toEqual(
      ids.map((id, at) => (at % 2 === 0 ? [`Task/${id}/_history/1`] : undefined)),
    );
  });

  it('refuses at once, and waits for nobody, where another is committing the same', async () => {
    await opened.database.transaction(everyone, async (tx) => {
      await store.commit([create(taskOf({ id: 'first' }), ['a'])], once('x|gp|slow'), tx);
      await expect(commit('second', once('x|gp|slow'))).rejects.toBeInstanceOf(RequestUnderWay);
    });
    await expect(commit('third', once('x|gp|slow'))).rejects.toBeInstanceOf(RequestDone);
  });

  it('is free again where what it was to be committed with was not', async () => {
    await expect(
      opened.database.transaction(everyone, async (tx) => {
        await store.commit([create(taskOf({ id: 'undone' }), ['a'])], once('x|gp|undone'), tx);
        throw new Error('the process dies');
      }),
    ).rejects.toThrow('the process dies');
    await commit('redone', once('x|gp|undone'));
    expect((await store.requests.find('x|gp|undone'))?.made).toEqual(['Task/redone/_history/1']);
  });

  it('is remembered without a commit too, and the first to be remembered counts', async () => {
    const refused = { status: 422, made: [], answer: '{"issues":[]}' };
    const by = { key: 'x|gp|refused', hash: 'h' };
    expect(await store.requests.record(by, refused, new Date())).toBeUndefined();
    expect(await store.requests.record(by, { ...refused, status: 400 }, new Date())).toEqual({ hash: 'h', ...refused });
    await expect(commit('too-late', once('x|gp|refused'))).rejects.toBeInstanceOf(RequestDone);
  });

  it('is forgotten when its time is over, and so are the keys that a domain keeps of messages', async () => {
    const [old, now] = [new Date('2026-01-01T00:00:00Z'), new Date('2026-03-31T00:00:00Z')];
    const done = { status: 200, made: [], answer: null };
    await store.requests.record({ key: 'x|gp|old', hash: 'h' }, done, old);
    await store.requests.record({ key: 'x|gp|new', hash: 'h' }, done, now);
    await commit('with-a-message', { ...act, keys: ['message|gp|bundle', 'place|1'] });
    await opened.database.as(everyone).query({ text: 'UPDATE used_key SET used_at = $1', values: [old] });
    await store.requests.forget(new Date('2026-03-01T00:00:00Z'));
    expect(await store.requests.find('x|gp|old')).toBeUndefined();
    expect(await store.requests.find('x|gp|new')).toBeDefined();
    expect([await store.wasUsed('message|gp|bundle'), await store.wasUsed('place|1')]).toEqual([false, true]);
  });
});
