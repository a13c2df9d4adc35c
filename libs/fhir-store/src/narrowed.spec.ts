import type { FhirResource } from 'fhir/r4';
import { type Audience, audienceOf, everyone, FhirError, sees } from '#fhir';
import { isWithinNarrowings, parseSearch, type SearchQuery } from '#fhir-search';
import { act, create, idsOf, openStore, type OpenedStore, taskOf } from '../test/opened-store.js';
import { Random } from '../test/random.js';
import { randomQuery } from '../test/random-queries.js';
import { organisations, randomResources } from '../test/random-resources.js';
import { understood } from '../test/understood.js';

const types = Object.keys(randomResources);
/** A narrowed reader, and an organisation that may see just what it may see. */
const twins: readonly [twin: string, reader: Audience][] = [
  [
    'twin-of-some',
    [
      ...['moor-practice', 'public', 'Task?status=requested,received', 'Task?owner=Organization/0-0&priority=routine'],
      ...['Patient?active=true', 'Encounter?class:not=one', 'Observation?code=one', 'Location?status:missing=false'],
    ],
  ],
  [
    'twin-of-all',
    [
      ...['*', 'Task?business-status:not=one', 'Organization?active=true', 'Location?status=active'],
      ...['HealthcareService?specialty=two,three', 'Encounter?length=ge15', 'Patient?family=s'],
    ],
  ],
  ['twin-of-few', ['green-gym', 'Task?subject=Patient/0-0,Patient/0-1', 'Organization?name:contains=o']],
];

let opened: OpenedStore;

beforeAll(async () => {
  let second = 0;
  const follows = types.filter((type) => !['Task', 'Patient', 'Encounter'].includes(type));
  opened = await openStore({ now: () => new Date(Date.UTC(2026, 0, 1, 0, 0, second)), follows });
  const random = new Random(4);
  for (let wave = 0; wave < 6; wave++) {
    second = 10 + 2 * wave;
    const made = types.flatMap((type) =>
      Array.from({ length: 15 }, (_, at) => randomResources[type]?.(random, `${String(wave)}-${String(at)}`)),
    ) as FhirResource[];
    await opened.store.commit(
      made.map((resource) => ({ interaction: 'create', resource, audience: audienceFor(random, resource) })),
      act,
    );
    const changed = random.shuffled(made).slice(0, 40);
    second += 1;
    await opened.store.commit(
      changed.map(({ resourceType, id = '' }) => {
        const resource = randomResources[resourceType]?.(random, id) as FhirResource;
        return { interaction: 'update', resource, audience: audienceFor(random, resource), version: 1 };
      }),
      act,
    );
  }
});
afterAll(async () => {
  await opened.close();
});

function audienceFor(random: Random, resource: FhirResource): Audience {
  const own = random.some(organisations, 2);
  const seeing = twins.filter(([, reader]) => sees(reader, own) && isWithinNarrowings(reader, resource));
  return audienceOf(...own, ...seeing.map(([twin]) => twin));
}

const includes: Record<string, readonly string[]> = {
  Task: ['_include=Task:*', '_include:iterate=Task:part-of', '_revinclude=Task:part-of', '_revinclude=Task:focus'],
  Patient: ['_revinclude=Task:patient', '_revinclude=Encounter:patient', '_include=Patient:general-practitioner'],
  Encounter: ['_include=Encounter:*', '_include=Encounter:location', '_revinclude:iterate=Encounter:part-of'],
  Organization: ['_revinclude=Task:owner', '_include:iterate=Organization:partof'],
  Location: ['_revinclude=Encounter:location', '_include=Location:organization'],
  HealthcareService: ['_include=HealthcareService:location', '_include:iterate=Location:partof'],
  Observation: ['_include=Observation:subject'],
};

function queryOf(type: string, asked: URLSearchParams | string): SearchQuery {
  return parseSearch(type, new URLSearchParams(asked), { lenient: false }).query;
}

describe('a reader that is narrowed by search parameters', () => {
  it.each(types)('finds of %s, and along with it, what it would if there were nothing else', async (type) => {
    const random = new Random(type.length);
    let found = 0;
    for (let at = 0; at < 150; at++) {
      const [twin, reader] = random.oneOf(twins);
      const asked = randomQuery(random, type, ['0-1', '2-2', '3-4']);
      if (random.chance(0.5)) asked.set('_total', 'accurate');
      if (random.chance(0.7)) {
        const [name = '', value = ''] = random.oneOf(includes[type] ?? []).split('=');
        asked.append(name, value);
      }
      const query = understood(type, asked);
      const [got, expected] = [await opened.store.search(query, reader), await opened.store.search(query, [twin])];
      const shown = ({ matches, included, elsewhere, total, next }: typeof got) => ({
        matches: idsOf(matches),
        included: included.map(({ type, id }) => `${type}/${id}`).sort(),
        elsewhere: elsewhere.map(({ type, id }) => `${type}/${id}`).sort(),
        total,
        more: next !== undefined,
      });
      found += got.matches.length;
      expect({ asked: asked.toString(), twin, ...shown(got) }).toEqual({
        asked: asked.toString(),
        twin,
        ...shown(expected),
      });
    }
    expect(found).toBeGreaterThan(100);
  });

  it.each(twins)('reads, and hears of profiles and tags, as its %s', async (twin, reader) => {
    for (const type of types) {
      const all = idsOf((await opened.store.search(queryOf(type, '_count=1000'), everyone)).matches);
      const ids = all.map((id) => ({ type, id }));
      const expected = idsOf(await opened.store.readMany(ids, [twin])).sort();
      expect(idsOf(await opened.store.readMany(ids, reader)).sort()).toEqual(expected);
      const each = await Promise.all(all.map((id) => opened.store.read(type, id, reader)));
      expect(idsOf(each.filter((one) => one !== undefined)).sort()).toEqual(expected);
      expect(await opened.store.metaOf([type], reader)).toEqual(await opened.store.metaOf([type], [twin]));
      const wanted = { type, criteria: [] };
      const asIds = await opened.store.idsOf(wanted, { reader, atMost: 1000 });
      expect(asIds.sort()).toEqual(expected);
      const references = expected.map((id) => `${type}/${id}`);
      const steps = queryOf(type, (includes[type] ?? []).join('&')).includes;
      const [along, twins] = await Promise.all(
        [reader, [twin]].map((one) => opened.store.include(steps, references, one)),
      );
      expect(idsOf(along?.included ?? []).sort()).toEqual(idsOf(twins?.included ?? []).sort());
    }
  });

  it('sees the history of what its narrowings leave now, as far as it may see each version', async () => {
    const reader = ['history-practice', 'Task?status=accepted'];
    const task = (id: string, status: 'requested' | 'accepted') => taskOf({ id, status });
    await opened.store.commit(
      ['h-in', 'h-out', 'h-gone'].map((id) => create(task(id, 'requested'), ['history-practice'])),
      act,
    );
    const update = (id: string, status: 'requested' | 'accepted') =>
      ({
        interaction: 'update',
        resource: task(id, status),
        audience: ['history-practice'],
        version: 1,
      }) as const;
    await opened.store.commit([update('h-in', 'accepted'), update('h-gone', 'accepted')], act);
    await opened.store.commit(
      [{ interaction: 'delete', type: 'Task', id: 'h-gone', audience: ['history-practice'], version: 2 }],
      act,
    );
    const versions = (of: readonly { id: string; version: number }[]) =>
      of.map(({ id, version }) => `${id}/${String(version)}`);
    expect(versions(await opened.store.history('Task', 'h-in', reader, { count: 9 }))).toEqual(['h-in/2', 'h-in/1']);
    for (const id of ['h-out', 'h-gone']) {
      expect(await opened.store.history('Task', id, reader, { count: 9 })).toEqual([]);
      expect(await opened.store.readVersion('Task', id, 1, reader)).toBeUndefined();
      expect(await opened.store.read('Task', id, reader)).toBeUndefined();
    }
    expect((await opened.store.readVersion('Task', 'h-in', 1, reader))?.version).toBe(1);
    for (const page of [{}, { type: 'Task' }])
      expect(versions(await opened.store.historyOf(page, reader, { count: 9 }))).toEqual(['h-in/2', 'h-in/1']);
    const all = await opened.store.historyOf({ type: 'Task' }, ['*', 'Task?status=accepted'], { count: 1000 });
    const current = await opened.store.search(queryOf('Task', 'status=accepted&_count=1000'), everyone);
    expect(new Set(idsOf(all))).toEqual(new Set(idsOf(current.matches)));
  });

  it.each(['Task?owner.name=x', 'Task?nosuch=1', 'Task?', 'AuditEvent?agent=x', 'Task?code:in=https://example.org/v'])(
    'by what cannot be held to, %s, is refused whatever it asks for',
    async (narrowing) => {
      const reader = ['moor-practice', narrowing];
      const attempts = [
        opened.store.read('Patient', '0-0', reader),
        opened.store.readMany([], reader),
        opened.store.search(queryOf('Task', ''), reader),
        opened.store.history('Task', '0-0', reader, { count: 1 }),
        opened.store.metaOf(['Task'], reader),
      ];
      for (const attempt of attempts) {
        const fault: unknown = await attempt.then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        expect(fault instanceof FhirError && fault.status).toBe(403);
      }
    },
  );
});
