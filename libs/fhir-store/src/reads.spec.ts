import { type Audience, everyone, sees } from '#fhir';
import { act, create, openStore, type OpenedStore, taskOf } from '../test/opened-store.js';
import { organisations } from '../test/random-resources.js';
import { Random } from '../test/random.js';
import type { Write } from './stored.js';

let opened: OpenedStore;

beforeAll(async () => {
  opened = await openStore();
});
afterAll(async () => {
  await opened.close();
});

describe('reads of one moment', () => {
  it('each bring what their reader may see of what they asked for', async () => {
    const random = new Random(17);
    const audiences = new Map<string, Audience>(
      Array.from({ length: 40 }, (_, at) => [`t${String(at)}`, random.some(organisations, 3)]),
    );
    await opened.store.commit(
      [...audiences].map(([id, audience]) => create(taskOf({ id }), audience)),
      act,
    );
    const asked = Array.from({ length: 1000 }, () => ({
      id: random.chance(0.1) ? 'nowhere' : random.oneOf([...audiences.keys()]),
      reader: random.chance(0.1) ? everyone : random.some(organisations, 2),
    }));
    const found = await Promise.all(asked.map(({ id, reader }) => opened.store.read('Task', id, reader)));
    expect(found.map((stored) => stored?.id)).toEqual(
      asked.map(({ id, reader }) => (audiences.has(id) && sees(reader, audiences.get(id) ?? []) ? id : undefined)),
    );
  });

  it('are all refused where their statement fails', async () => {
    const smuggled = ['a,b'];
    const results = await Promise.allSettled(['t1', 't2'].map((id) => opened.store.read('Task', id, smuggled)));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('see what was written before they were asked', async () => {
    for (let version = 1; version < 5; version++) {
      await opened.store.commit(
        [{ interaction: 'update', resource: taskOf({ id: 't1' }), audience: ['public'], version }],
        act,
      );
      const [one, other] = await Promise.all(['t1', 't2'].map((id) => opened.store.read('Task', id, everyone)));
      expect([one?.version, other?.version]).toEqual([version + 1, 1]);
    }
  });
});

describe('the state of a type', () => {
  it('is another one whenever one was written or deleted, and only then', async () => {
    const seen = [await opened.store.stateOf('Task')];
    const task = { interaction: 'update', resource: taskOf({ id: 'state' }), audience: ['public'] } as const;
    const writes: Write[] = [
      create(taskOf({ id: 'state' }), ['public']),
      { ...task, version: 1 },
      { interaction: 'delete', type: 'Task', id: 'state', audience: ['public'], version: 2 },
    ];
    for (const write of writes) {
      await opened.store.commit([write], act);
      seen.push(await opened.store.stateOf('Task'));
    }
    const [none, created, updated, deleted] = seen;
    expect([new Set([none, created, updated]).size, deleted]).toEqual([3, none]);
    const patient = { interaction: 'create', resource: { resourceType: 'Patient' }, audience: ['public'] } as const;
    await opened.store.commit([patient], act);
    expect(await opened.store.stateOf('Task')).toBe(seen.at(-1));
  });
});

describe('labels of all that a reader may see', () => {
  it('are told whole, or not at all where they are more than one answer tells', async () => {
    const tagged = (from: number, count: number) =>
      create(
        taskOf({ meta: { tag: Array.from({ length: count }, (_, at) => ({ code: `tag-${String(from + at)}` })) } }),
        ['labels'],
      );
    await opened.store.commit([tagged(0, 1_000)], act);
    expect((await opened.store.metaOf(['Task'], ['labels'])).tag).toHaveLength(1_000);
    await opened.store.commit([tagged(1_000, 1)], act);
    await expect(opened.store.metaOf(['Task'], ['labels'])).rejects.toMatchObject({
      status: 413,
      issues: [{ code: 'too-costly', diagnostics: expect.stringContaining('More than 1000 profiles') as string }],
    });
  });
});
