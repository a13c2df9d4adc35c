import type { FhirResource } from 'fhir/r4';
import type { Audience } from '#fhir';
import { parseSearch } from '#fhir-search';
import type { Database } from '#postgres';
import { seedTasks } from '../test/many-tasks.js';
import { act, openStore, type OpenedStore, taskOf } from '../test/opened-store.js';
import { FhirStore } from './fhir-store.js';
import type { SearchPage } from './store-search.js';

let opened: OpenedStore;
let asked: string[];
let listening: FhirStore;

beforeAll(async () => {
  opened = await openStore();
  const { database, options } = opened;
  asked = [];
  const heard: Pick<Database, 'as'> = {
    as: (reader) => ({
      query: (statement) => {
        asked.push(statement.text);
        return database.as(reader).query(statement);
      },
    }),
  };
  listening = new FhirStore(heard as Database, {
    types: ['Task', 'Patient', 'Organization', 'HealthcareService'],
    cursorSecret: options.schema,
    now: () => new Date(),
  });
  await write(
    ['moor-practice'],
    [
      ...Array.from({ length: 100 }, (_, at) =>
        taskOf({
          id: `t${String(at)}`,
          for: { reference: `Patient/p${String(at % 40)}` },
          owner: { reference: `Organization/o${String(at % 10)}` },
          focus: { reference: 'ServiceRequest/elsewhere' },
        }),
      ),
      ...Array.from({ length: 40 }, (_, at): FhirResource => ({ resourceType: 'Patient', id: `p${String(at)}` })),
      ...Array.from({ length: 10 }, (_, at): FhirResource => ({ resourceType: 'Organization', id: `o${String(at)}` })),
      taskOf({ id: 'a', partOf: [{ reference: 'Task/hidden' }], status: 'draft' }),
      taskOf({ id: 'b', basedOn: [{ reference: 'Task/hidden' }], status: 'rejected' }),
      taskOf({ id: 'c', owner: { reference: 'Organization/o1' }, status: 'on-hold' }),
      taskOf({ id: 'd', partOf: [{ reference: 'Task/d' }, { reference: 'Task/c' }], status: 'failed' }),
    ],
  );
  await write(['green-gym'], [taskOf({ id: 'hidden', partOf: [{ reference: 'Task/c' }] })]);
});
afterAll(async () => {
  await opened.close();
});

async function write(audience: Audience, resources: readonly FhirResource[]): Promise<void> {
  await opened.store.commit(
    resources.map((resource) => ({ interaction: 'create', resource, audience })),
    act,
  );
}

async function page(query: string, type = 'Task'): Promise<SearchPage> {
  const parsed = parseSearch(type, new URLSearchParams(query), { lenient: false });
  return listening.search(parsed.query, ['moor-practice']);
}

function names({ included, elsewhere }: SearchPage): string {
  return [...included, ...elsewhere]
    .map(({ type, id }) => `${type}/${id}`)
    .sort()
    .join(' ');
}

describe('what comes along with a page', () => {
  it('comes with its 100 matches in one round trip', async () => {
    asked.length = 0;
    const found = await page(
      'status=requested&_count=100&_include=Task:patient&_include=Task:owner&_include=Task:focus',
    );
    expect([found.matches.length, found.included.length, found.elsewhere, asked.length]).toEqual([
      100,
      50,
      [{ type: 'ServiceRequest', id: 'elsewhere' }],
      1,
    ]);
  });

  it('keeps the order of its matches', async () => {
    const [plain, included] = [
      await page('_sort=_id&_count=30'),
      await page('_sort=_id&_count=30&_include=Task:owner'),
    ];
    expect(included.matches).toEqual(plain.matches);
    expect(included.next === undefined).toBe(plain.next === undefined);
  });

  it('goes on from what came along, not through what may not be seen', async () => {
    expect(
      names(await page('_id=a&_include=Task:part-of&_include:iterate=Task:part-of&_include:iterate=Task:owner')),
    ).toBe('');
    // What points to it, too, would tell of it.
    expect(names(await page('_id=a&_include=Task:part-of&_revinclude:iterate=Task:based-on'))).toBe('');
    expect(names(await page('_id=d&_include=Task:part-of&_include:iterate=Task:owner'))).toBe('Organization/o1 Task/c');
    expect(names(await page('_id=c&_revinclude=Task:part-of&_include:iterate=Task:patient'))).toBe('Task/d');
  });

  it('does not go on from what is held elsewhere, for who may see that is not known here', async () => {
    expect(names(await page('_id=t1&_include=Task:focus&_revinclude:iterate=Task:focus'))).toBe(
      'ServiceRequest/elsewhere',
    );
  });

  it('goes one step only where it does not iterate', async () => {
    expect(names(await page('_id=d&_include=Task:part-of'))).toBe('Task/c');
  });
});

describe('a client that reads everything page by page', () => {
  it('gets each of 20,000 once, in memory that does not grow with them', async () => {
    const many = await openStore();
    await seedTasks(many, 20_000);
    const ids = new Set<string>();
    let [cursor, pages]: [string | undefined, number] = [undefined, 0];
    const heaps: number[] = [];
    do {
      const parameters = new URLSearchParams({
        _count: '500',
        _sort: 'authored-on',
        ...(cursor ? { _cursor: cursor } : {}),
      });
      const { query } = parseSearch('Task', parameters, { lenient: false });
      const found: SearchPage = await many.store.search(query, ['*']);
      for (const { id } of found.matches) ids.add(id);
      cursor = found.next;
      pages += 1;
      heaps.push(process.memoryUsage().heapUsed);
    } while (cursor !== undefined);
    await many.close();
    expect([ids.size, pages]).toEqual([20_000, 40]);
    // All of them at once would be some 20 MB of text, and as much again for each time it is copied.
    expect(Math.max(...heaps) - (heaps[2] ?? 0)).toBeLessThan(100 * 1024 ** 2);
  });
});

describe('what is included and long', () => {
  it('is refused where it is too long together', async () => {
    const description = 'long '.repeat(200_000);
    const owner = { reference: 'Organization/o-long' };
    const long = Array.from({ length: 34 }, (_, at) => taskOf({ id: `long${String(at)}`, owner, description }));
    const search = (): Promise<SearchPage> => {
      const query = new URLSearchParams('_id=o-long&_revinclude=Task:owner');
      return opened.store.search(parseSearch('Organization', query, { lenient: false }).query, ['moor-practice']);
    };
    await write(['moor-practice'], [{ resourceType: 'Organization', id: 'o-long' }, ...long.slice(0, 33)]);
    expect((await search()).included).toHaveLength(33);
    await write(['moor-practice'], long.slice(33));
    await expect(search()).rejects.toMatchObject({ status: 413, issues: [{ code: 'too-costly' }] });
  });
});
