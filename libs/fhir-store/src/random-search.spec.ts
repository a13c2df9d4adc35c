import { type Audience } from '#fhir';
import { found } from '../test/model.js';
import { act, openStore, type OpenedStore } from '../test/opened-store.js';
import { Random } from '../test/random.js';
import { randomQuery } from '../test/random-queries.js';
import { organisations, randomResources } from '../test/random-resources.js';
import { understood } from '../test/understood.js';
import type { Stored, Write } from './stored.js';

const types = Object.keys(randomResources);
let opened: OpenedStore;
let rows: Stored[];

beforeAll(async () => {
  let second = 0;
  const follows = types.filter((type) => !['Task', 'Patient', 'Encounter'].includes(type));
  opened = await openStore({ now: () => new Date(Date.UTC(2026, 0, 1, 0, 0, second)), follows });
  const random = new Random(1);
  const byName = new Map<string, Stored>();
  // Written in waves, so that many share their time; then some are changed and some deleted.
  for (let wave = 0; wave < 12; wave++) {
    second = 10 + 2 * wave;
    const writes = types.flatMap((type) =>
      Array.from({ length: 15 }, (_, at) => created(random, type, `${String(wave)}-${String(at)}`)),
    );
    await write(writes);
  }
  for (let wave = 0; wave < 3; wave++) {
    second = 40 + wave;
    const changed = random.shuffled([...byName.values()].filter(({ deleted }) => !deleted)).slice(0, 80);
    await write(changed.map((stored) => (random.chance(0.3) ? removed(stored) : replaced(random, stored))));
  }
  rows = [...byName.values()];

  async function write(writes: readonly Write[]): Promise<void> {
    for (const stored of await opened.store.commit(writes, act)) byName.set(`${stored.type}/${stored.id}`, stored);
  }
});
afterAll(async () => {
  await opened.close();
});

describe('a search by anyone for anything', () => {
  it.each(types)('finds what a look at every %s finds, in the same order, page by page', async (type) => {
    const random = new Random(type.length);
    const ids = rows.filter((row) => row.type === type).map(({ id }) => id);
    await manyAtOnce(200, async () => {
      const reader = readerOf(random);
      const asked = randomQuery(random, type, ids);
      const query = understood(type, asked);
      const expected = found(rows, query, reader);
      const got = await pagesOf(type, asked, reader);
      expect({ asked: asked.toString(), reader, got }).toEqual({ asked: asked.toString(), reader, got: expected });
    });
  });

  it('counts what it finds', async () => {
    const random = new Random(99);
    await manyAtOnce(200, async () => {
      const type = random.oneOf(types);
      const reader = readerOf(random);
      const asked = randomQuery(random, type, ['1-1', '2-2']);
      asked.set('_count', '0');
      const query = understood(type, asked);
      const page = await opened.store.search(query, reader);
      expect({ asked: asked.toString(), reader, page }).toEqual({
        asked: asked.toString(),
        reader,
        page: { matches: [], included: [], elsewhere: [], total: found(rows, query, reader).length },
      });
    });
  });

  async function pagesOf(type: string, asked: URLSearchParams, reader: Audience): Promise<string[]> {
    const ids: string[] = [];
    const paged = new URLSearchParams(asked);
    for (;;) {
      const query = understood(type, paged);
      const page = await opened.store.search(query, reader);
      ids.push(...page.matches.map(({ id }) => id));
      if (page.next === undefined) return ids;
      expect(page.matches).toHaveLength(query.count);
      paged.set('_cursor', page.next);
    }
  }
});

/** Several at a time, so that connections change hands. */
async function manyAtOnce(times: number, work: () => Promise<void>): Promise<void> {
  for (let done = 0; done < times; done += 20) await Promise.all(Array.from({ length: 20 }, work));
}

function readerOf(random: Random): Audience {
  if (random.chance(0.1)) return ['*'];
  // More than eight organisations are filtered in another way.
  const many = random.chance(0.1) ? Array.from({ length: 9 }, (_, at) => `stranger-${String(at)}`) : [];
  return [...random.some(organisations, 3), ...many];
}

function created(random: Random, type: string, id: string): Write {
  return { interaction: 'create', resource: resourceOf(random, type, id), audience: random.some(organisations, 3) };
}

function replaced(random: Random, { type, id, version }: Stored): Write {
  return {
    interaction: 'update',
    version,
    resource: resourceOf(random, type, id),
    audience: random.some(organisations, 3),
  };
}

function removed({ type, id, version, audience }: Stored): Write {
  return { interaction: 'delete', type, id, version, audience };
}

function resourceOf(random: Random, type: string, id: string) {
  const make = randomResources[type];
  if (!make) throw new Error(`No random ${type} is known.`);
  return make(random, id);
}
