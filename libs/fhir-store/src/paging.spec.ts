import type { Task } from 'fhir/r4';
import { type Audience, FhirError } from '#fhir';
import { parseSearch } from '#fhir-search';
import { act, create, idsOf, openStore, type OpenedStore, taskOf } from '../test/opened-store.js';
import { Random } from '../test/random.js';
import type { SearchPage } from './store-search.js';

const reader: Audience = ['moor-practice'];
let opened: OpenedStore;
let second = 0;

beforeAll(async () => {
  opened = await openStore({ now: () => new Date(Date.UTC(2026, 0, 1, 0, 0, second++)) });
});
beforeEach(async () => {
  second = 0;
  for (let at = 0; at < 10; at++) await write(`t${String(at)}`, { priority: at % 2 === 0 ? 'routine' : 'urgent' });
});
afterEach(async () => {
  await opened.empty();
});
afterAll(async () => {
  await opened.close();
});

const write = (id: string, more: Partial<Task> = {}) =>
  opened.store.commit([create(taskOf({ id, ...more }), reader)], act);

const change = (id: string, more: Partial<Task>, version = 1) =>
  opened.store.commit([{ interaction: 'update', resource: taskOf({ id, ...more }), audience: reader, version }], act);

function page(asked: string, cursor?: string, as: Audience = reader): Promise<SearchPage> {
  const parameters = new URLSearchParams(asked);
  if (cursor !== undefined) parameters.set('_cursor', cursor);
  return opened.store.search(parseSearch('Task', parameters, { lenient: false }).query, as);
}

describe('pages', () => {
  it('follow one another, newest first, and end', async () => {
    const first = await page('_count=4');
    const next = await page('_count=4', first.next);
    const last = await page('_count=4', next.next);
    expect([first, next, last].map(({ matches }) => idsOf(matches))).toEqual([
      ['t9', 't8', 't7', 't6'],
      ['t5', 't4', 't3', 't2'],
      ['t1', 't0'],
    ]);
    expect(last.next).toBeUndefined();
  });

  it('end without an empty page where the last one is full', async () => {
    expect((await page('_count=10')).next).toBeUndefined();
    expect((await page('_count=9')).next).toBeDefined();
  });

  it('hold fewer than were asked for where these are long, and lose none', async () => {
    const description = 'long '.repeat(200_000);
    for (let at = 10; at < 50; at++) await write(`t${String(at)}`, { description });
    const asked = '_count=1000&_sort=_id&_include=Task:owner';
    const first = await page(asked);
    const next = await page(asked, first.next);
    const all = Array.from({ length: 50 }, (_, at) => `t${String(at)}`).sort();
    expect(idsOf([...first.matches, ...next.matches])).toEqual(all);
    expect(first.matches.length).toBe(39);
    expect(next.next).toBeUndefined();
  });

  it('go on where they were when rows are added, changed and deleted meanwhile', async () => {
    const asked = '_count=3&_sort=_id';
    const first = await page(asked);
    await write('t00');
    await write('t2x');
    await change('t5', { status: 'received' });
    await opened.store.commit([{ interaction: 'delete', type: 'Task', id: 't2', version: 1, audience: reader }], act);
    await opened.store.commit([{ interaction: 'delete', type: 'Task', id: 't4', version: 1, audience: reader }], act);
    const next = await page(asked, first.next);
    expect([idsOf(first.matches), idsOf(next.matches)]).toEqual([
      ['t0', 't1', 't2'],
      ['t2x', 't3', 't5'],
    ]);
  });

  it('newest first, show no row twice and skip none that stayed as it was', async () => {
    const first = await page('_count=4');
    await change('t2', { status: 'received' });
    await write('new');
    const next = await page('_count=4', first.next);
    expect(idsOf(next.matches)).toEqual(['t5', 't4', 't3', 't1']);
  });

  it('show every row once while others write without end', async () => {
    const random = new Random(3);
    const others = { write: true };
    const written = (async () => {
      for (let at = 0; others.write; at++) {
        await write(`w${String(at)}`);
        if (random.chance(0.3)) await change(`w${String(at)}`, { priority: 'stat' });
      }
    })();
    for (const sort of ['_lastUpdated', '-_lastUpdated', 'priority', '-priority', '-_id', 'status,-_lastUpdated']) {
      const seen: string[] = [];
      let cursor: string | undefined;
      for (let pages = 0; pages < 400; pages++) {
        const got = await page(`_count=2&_sort=${sort}&priority=routine,urgent`, cursor);
        seen.push(...idsOf(got.matches));
        cursor = got.next;
        if (cursor === undefined) break;
      }
      expect({ sort, seen: seen.sort() }).toEqual({
        sort,
        seen: Array.from({ length: 10 }, (_, at) => `t${String(at)}`),
      });
    }
    others.write = false;
    await written;
  });

  it('put rows without the value last, whichever way they are sorted', async () => {
    await write('none');
    const sorted = async (sort: string) => {
      const ids: string[] = [];
      let cursor: string | undefined;
      do {
        const got = await page(`_count=3&_sort=${sort}`, cursor);
        ids.push(...idsOf(got.matches));
        cursor = got.next;
      } while (cursor !== undefined);
      return ids.join(' ');
    };
    expect(await sorted('priority')).toBe('t0 t2 t4 t6 t8 t1 t3 t5 t7 t9 none');
    expect(await sorted('-priority')).toBe('t9 t7 t5 t3 t1 t8 t6 t4 t2 t0 none');
    expect(await sorted('priority,-_id')).toBe('t8 t6 t4 t2 t0 t9 t7 t5 t3 t1 none');
  });

  it('say the total, alone where no rows are asked for', async () => {
    expect(await page('_count=0&priority=urgent')).toEqual({ matches: [], included: [], elsewhere: [], total: 5 });
    expect(await page('_count=2&_total=accurate')).toMatchObject({ total: 10 });
    expect((await page('_count=2')).total).toBeUndefined();
  });
});

describe('the place of a page', () => {
  const refused = {
    status: 400,
    issues: [
      {
        severity: 'error',
        code: 'invalid',
        expression: ['_cursor'],
        diagnostics: expect.stringContaining('start the search again') as string,
      },
    ],
  };

  it('is good for its query and its reader only', async () => {
    const { next = '' } = await page('_count=4&status=requested', undefined, ['moor-practice', 'public']);
    await expect(page('_count=4', next, ['moor-practice', 'public'])).rejects.toMatchObject(refused);
    await expect(page('_count=4&status=requested', next, ['green-gym', 'public'])).rejects.toMatchObject(refused);
    await expect(page('_count=4&status=requested', next, ['*'])).rejects.toMatchObject(refused);
    const { matches } = await page('_count=4&status=requested', next, ['public', 'moor-practice']);
    expect(idsOf(matches)).toEqual(['t5', 't4', 't3', 't2']);
  });

  it('is good on every replica, and with their secret only', async () => {
    const { next } = await page('_count=4');
    const { query } = parseSearch('Task', new URLSearchParams({ _count: '4', _cursor: next ?? '' }), {
      lenient: false,
    });
    expect(idsOf((await opened.beside({}).store.search(query, reader)).matches)).toEqual(['t5', 't4', 't3', 't2']);
  });

  it('says nothing of the row it stands at', async () => {
    const { next = '' } = await page('_count=4&_sort=priority');
    // In quotes, as the place would hold them: two letters alone may stand in sealed bytes by chance.
    expect(Buffer.from(next, 'base64url').toString('latin1')).not.toMatch(/routine|urgent|"t\d"/);
  });

  it('cannot be changed in any place, shortened or made up', async () => {
    const { next = '' } = await page('_count=4');
    const bytes = Buffer.from(next, 'base64url');
    const changed = Array.from(bytes, (_, at) => {
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] ?? 0) ^ 1;
      return copy.toString('base64url');
    });
    const short = [1, 12, 16, 20, 27, 28, bytes.length - 1].map((length) =>
      bytes.subarray(0, length).toString('base64url'),
    );
    for (const cursor of [...changed, ...short, 'x', '%', 'null', '{}']) {
      const error: unknown = await page('_count=4', cursor).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(FhirError);
      expect(error).toMatchObject(refused);
    }
  });
});
