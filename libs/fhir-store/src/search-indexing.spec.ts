import type { SearchParameter, Task } from 'fhir/r4';
import { parseSearch, removeSearchParameter } from '#fhir-search';
import { act, asAdmin, create, idsOf, openStore, type OpenedStore, taskOf } from '../test/opened-store.js';

const reason: SearchParameter = {
  resourceType: 'SearchParameter',
  url: 'https://ginnel.example/SearchParameter/task-description',
  name: 'description',
  status: 'active',
  description: 'What a task is about',
  code: 'description',
  base: ['Task'],
  type: 'string',
  expression: 'Task.description',
};

let opened: OpenedStore;
let now = new Date('2026-03-14T09:30:00Z');

beforeEach(async () => {
  now = new Date('2026-03-14T09:30:00Z');
  opened = await openStore({ now: () => now });
});
afterEach(async () => {
  removeSearchParameter(reason.url);
  await opened.close();
});

async function found(asked: string): Promise<string> {
  const { query } = parseSearch('Task', new URLSearchParams(asked), { lenient: false });
  return idsOf((await opened.store.search(query, ['moor-practice'])).matches)
    .sort()
    .join(' ');
}

function described(id: string, description: string): Task {
  return taskOf({ id, description });
}

async function indexAll(): Promise<void> {
  while (await opened.store.indexing.step());
}

/** Every replica has learnt of it by then. */
function laterOn(): void {
  now = new Date(now.getTime() + 60_000);
}

describe('a SearchParameter that is loaded while the service runs', () => {
  it('is refused until what was stored before is indexed, and then finds everything', async () => {
    const { store } = opened;
    await store.commit([create(described('t1', 'Walks')), create(described('t2', 'Gardens'))], act);
    expect(await store.indexing.load(reason)).toEqual({ url: reason.url, state: 'indexing', loadedAt: now });
    await store.commit([create(described('t3', 'Walks, too'))], act);
    await expect(found('description=walk')).rejects.toThrow(/being indexed/);
    expect(await store.indexing.step()).toBe(false);
    laterOn();
    await indexAll();
    expect(await found('description=walk')).toBe('t1 t3');
    expect(await store.indexing.list()).toMatchObject([{ url: reason.url, state: 'ready' }]);
  });

  it('goes on where it was after a stop, with rows that were written, changed and deleted meanwhile', async () => {
    const { store } = opened;
    const many = Array.from({ length: 250 }, (_, at) => create(described(`t${String(1000 + at)}`, 'Walks')));
    await store.commit(many, act);
    await store.indexing.load(reason);
    laterOn();
    expect(await store.indexing.step()).toBe(true);
    expect(await store.indexing.progress()).toContainEqual({ type: 'Task', state: 'indexing', done: 100, total: 250 });
    const audience = ['moor-practice'];
    const update = (id: string, version: number, description: string) =>
      store.commit([{ interaction: 'update', resource: described(id, description), audience, version }], act);
    await update('t1001', 1, 'Gardens');
    await update('t1200', 1, 'Gardens');
    await store.commit([{ interaction: 'delete', type: 'Task', id: 't1201', audience, version: 1 }], act);
    const { store: replica } = opened.beside({});
    while (await replica.indexing.step());
    await store.indexing.learn();
    expect(await found('description=gardens')).toBe('t1001 t1200');
    const { query } = parseSearch('Task', new URLSearchParams('description=walks&_count=0'), { lenient: false });
    await replica.indexing.learn();
    expect((await replica.search(query, ['moor-practice'])).total).toBe(247);
    expect(await opened.rows("SELECT count(*)::int AS rows FROM task_value WHERE parameter = 'description'")).toEqual([
      { rows: 249 },
    ]);
  });

  it('leaves no row twice while others write without end', async () => {
    const { store } = opened;
    await store.commit(
      Array.from({ length: 300 }, (_, at) => create(described(`t${String(at)}`, 'Walks'))),
      act,
    );
    await store.indexing.load(reason);
    laterOn();
    let isDone = false;
    const writing = Array.from({ length: 4 }, async (_, writer) => {
      for (let version = 1; !isDone; version++) {
        const id = `t${String(writer)}`;
        await store.commit(
          [
            {
              interaction: 'update',
              resource: described(id, `Turn ${String(version)}`),
              audience: ['moor-practice'],
              version,
            },
          ],
          act,
        );
      }
    });
    await indexAll();
    isDone = true;
    await Promise.all(writing);
    const rows = await opened.rows(
      "SELECT count(*)::int AS rows, count(DISTINCT id)::int AS ids FROM task_value WHERE parameter = 'description'",
    );
    expect(rows).toEqual([{ rows: 300, ids: 300 }]);
    const audience = await opened.rows(
      'SELECT count(*)::int AS rows, count(DISTINCT id)::int AS ids FROM task_audience',
    );
    expect(audience).toEqual([{ rows: 300, ids: 300 }]);
  });

  it('is taken out of use again', async () => {
    await opened.store.indexing.load(reason);
    expect(await opened.store.indexing.remove(reason.url)).toBe(true);
    await expect(found('description=walk')).rejects.toThrow(/not known/);
    expect(await opened.store.indexing.list()).toEqual([]);
  });

  it('is refused where the service does not hold its types', async () => {
    await expect(opened.store.indexing.load({ ...reason, base: ['Questionnaire'] })).rejects.toThrow(/does not hold/);
  });
});

describe('a release whose definitions differ from what the rows were indexed by', () => {
  it('does not search by what differs until all rows are indexed again', async () => {
    const { store, options, adminUrl } = opened;
    await store.commit([create(taskOf({ id: 't1', priority: 'urgent' }))], act);
    // As an older release left it: by another definition, in no column.
    await asAdmin(
      adminUrl,
      `SET search_path TO ${options.schema};
       UPDATE search_index SET built = built || '{"priority":"old"}', position = '', since = '2026-01-01' WHERE type = 'Task';
       UPDATE task_search SET p_priority = NULL`,
    );
    await store.indexing.learn();
    await expect(found('priority=urgent')).rejects.toThrow(/being indexed/);
    expect(await found('status=requested')).toBe('t1');
    await indexAll();
    expect(await found('priority=urgent')).toBe('t1');
  });

  it('is known at once where there are no rows', async () => {
    const progress = await opened.store.indexing.progress();
    expect(progress.length).toBeGreaterThan(10);
    expect(progress.filter(({ state }) => state !== 'ready')).toEqual([]);
  });
});
