import type { Encounter, FhirResource, Patient, Task } from 'fhir/r4';
import { type Audience, everyone } from '#fhir';
import { parseSearch } from '#fhir-search';
import { act, idsOf, openStore, type OpenedStore, taskOf } from '../test/opened-store.js';
import type { SearchPage } from './store-search.js';

const bars = 'https://fhir.nhs.uk/Id/booking';
const other = 'https://other.example/id';
const long = 'a value that is longer than an index takes, '.repeat(20);
let opened: OpenedStore;
let now = new Date('2026-03-14T09:30:00.123Z');

beforeAll(async () => {
  opened = await openStore({ now: () => now });
  await write([
    taskOf({
      id: 'a',
      identifier: [
        { system: bars, value: 'one' },
        { system: other, value: 'two' },
      ],
      priority: 'urgent',
      owner: { reference: 'Organization/healthy-living', identifier: { system: other, value: 'RX1' } },
      for: { reference: 'Patient/p1' },
      focus: { reference: 'ServiceRequest/s1/_history/2' },
      partOf: [{ reference: 'Task/c' }, { identifier: { value: 'parent' } }],
      authoredOn: '2026-03-14T10:00:00Z',
      executionPeriod: { start: '2026-03-01', end: '2026-03-31' },
    }),
    taskOf({
      id: 'b',
      status: 'received',
      identifier: [{ value: 'one' }, { system: bars, value: long }],
      owner: { identifier: { system: other, value: 'RX2' } },
      for: { reference: 'Group/g1' },
      focus: { reference: 'https://other.example/fhir/ServiceRequest/s1' },
      authoredOn: '2026-03',
      executionPeriod: { start: '2026-03-20' },
      meta: { profile: ['https://ginnel.example/task|1.0'] },
    }),
    taskOf({
      id: 'c',
      status: 'completed',
      intent: 'plan',
      businessStatus: { coding: [{ system: bars, code: 'x' }, { code: 'y' }] },
    }),
    patient('p1', { name: [{ family: 'Ó Néill', given: ['Máire  Ann'] }], birthDate: '1950-02-28', active: true }),
    patient('p2', { name: [{ family: 'ONEILL', given: ['Ann'] }], birthDate: '1950-03-01', active: false }),
    patient('p3', { name: [{ family: 'McNeill' }], telecom: [{ system: 'phone', value: '07700 900000' }] }),
    encounter('e1', { value: 30, system: 'http://unitsofmeasure.org', code: 'min', unit: 'minutes' }),
    encounter('e2', { value: 45.5, system: 'http://unitsofmeasure.org', code: 'min' }),
    encounter('e3', { value: 1, comparator: '<', unit: 'h' }),
  ]);
  now = new Date('2026-03-15T00:00:00.000Z');
  await write([taskOf({ id: 'd', status: 'draft', owner: { reference: 'Organization/healthy-living' } })]);
});
afterAll(async () => {
  await opened.close();
});

function write(resources: readonly FhirResource[]) {
  return opened.store.commit(
    resources.map((resource) => ({ interaction: 'create', resource, audience: ['moor-practice'] })),
    act,
  );
}

function patient(id: string, more: Partial<Patient>): Patient {
  return { resourceType: 'Patient', id, ...more };
}

function encounter(id: string, length: Encounter['length'] & object): Encounter {
  return { resourceType: 'Encounter', id, status: 'planned', class: { system: bars, code: 'AMB' }, length };
}

function search(asked: string, reader: Audience = ['moor-practice']): Promise<SearchPage> {
  const [type = '', query = ''] = asked.split('?');
  return opened.store.search(parseSearch(type, new URLSearchParams(query), { lenient: false }).query, reader);
}

describe('a search', () => {
  it.each([
    // token: code of a bound value set, in a column
    ['Task?status=requested', 'a'],
    ['Task?status=requested,received', 'a b'],
    ['Task?status=http://hl7.org/fhir/task-status|requested', 'a'],
    ['Task?status=http://hl7.org/fhir/task-status|', 'a b c d'],
    ['Task?status=https://other.example|requested', ''],
    ['Task?status=|requested', 'a'],
    ['Task?status:not=requested', 'b c d'],
    ['Task?status:not=requested,received', 'c d'],
    ['Task?status:not=https://other.example|requested', 'a b c d'],
    ['Task?priority:not=urgent', 'b c d'],
    ['Task?priority:missing=true', 'b c d'],
    ['Task?priority:missing=false', 'a'],
    ['Task?status=requested&intent=order', 'a'],
    ['Task?status=requested&intent=plan', ''],
    ['Patient?active=true', 'p1'],
    ['Patient?active:not=true', 'p2 p3'],
    ['Patient?telecom=07700 900000', 'p3'],
    // token: several per resource, in rows
    ['Task?identifier=one', 'a b'],
    [`Task?identifier=${bars}|one`, 'a'],
    ['Task?identifier=|one', 'b'],
    [`Task?identifier=${bars}|`, 'a b'],
    [`Task?identifier=${bars}|two`, ''],
    [`Task?identifier=${bars}|one,${other}|two,none`, 'a'],
    [`Task?identifier=${bars}|${encodeURIComponent(long.replaceAll(',', '\\,'))}`, 'b'],
    ['Task?identifier=one&identifier=two', 'a'],
    ['Task?identifier:not=one', 'c d'],
    [`Task?identifier:not=${bars}|one`, 'b c d'],
    ['Task?identifier:missing=true', 'c d'],
    [`Task?business-status=${bars}|x`, 'c'],
    ['Task?business-status=|y', 'c'],
    ['Task?business-status=|x', ''],
    // string
    ['Patient?family=o neill', 'p1'],
    ['Patient?family=oneill', 'p2'],
    ['Patient?family=O', 'p1 p2'],
    ['Patient?family:contains=NEILL', 'p1 p2 p3'],
    ['Patient?family:exact=ONEILL', 'p2'],
    ['Patient?family:exact=oneill', ''],
    ['Patient?family:exact=Ó Néill', 'p1'],
    ['Patient?given=maire ann', 'p1'],
    ['Patient?name=ann,mc', 'p2 p3'],
    ['Patient?name:contains=ann&name=o', 'p1 p2'],
    ['Patient?given:missing=true', 'p3'],
    ['Patient?family:contains=%25', ''],
    ['Patient?family=_', ''],
    // reference
    ['Task?owner=Organization/healthy-living', 'a d'],
    ['Task?owner=healthy-living', 'a d'],
    ['Task?owner:Organization=healthy-living', 'a d'],
    ['Task?owner:Practitioner=healthy-living', ''],
    [`Task?owner:identifier=${other}|RX2`, 'b'],
    ['Task?owner:identifier=RX1,RX2', 'a b'],
    ['Task?owner:missing=true', 'c'],
    ['Task?patient=p1', 'a'],
    ['Task?subject=Patient/p1', 'a'],
    ['Task?subject=Group/g1', 'b'],
    ['Task?subject=Patient/p1,Group/g1', 'a b'],
    ['Task?subject:missing=false', 'a b'],
    ['Task?patient:missing=false', 'a'],
    ['Task?focus=ServiceRequest/s1', 'a'],
    ['Task?focus=https://other.example/fhir/ServiceRequest/s1', 'b'],
    ['Task?part-of=c', 'a'],
    ['Task?part-of:identifier=parent', 'a'],
    ['Task?part-of:missing=true', 'b c d'],
    // uri
    ['Task?_profile=https://ginnel.example/task', 'b'],
    ['Task?_profile=https://ginnel.example/task|1.0', 'b'],
    ['Task?_profile=https://ginnel.example/task|2.0', ''],
    // date in a column: a is a minute's begin, b a whole month, c and d have none
    ['Task?authored-on=2026-03-14', 'a'],
    ['Task?authored-on=2026-03', 'a b'],
    ['Task?authored-on=eq2026-03-14T10:00:00Z', 'a'],
    ['Task?authored-on=ne2026-03-14', 'b'],
    ['Task?authored-on=gt2026-03-14', 'b'],
    ['Task?authored-on=lt2026-03-14', 'b'],
    ['Task?authored-on=ge2026-03-14', 'a b'],
    ['Task?authored-on=le2026-03-14', 'a b'],
    ['Task?authored-on=sa2026-03-13', 'a'],
    ['Task?authored-on=eb2026-03-15', 'a'],
    ['Task?authored-on=eb2026-04', 'a b'],
    ['Task?authored-on=ap2026-03-20', 'b'],
    ['Task?authored-on=ge2026-03-14&authored-on=lt2026-03-15', 'a b'],
    ['Task?authored-on=2026-03-14,2026-02', 'a'],
    ['Task?authored-on:missing=true', 'c d'],
    ['Task?period=2026-03', 'a'],
    ['Task?period=ge2027', 'b'],
    ['Task?period=sa2026-03-15', 'b'],
    ['Patient?birthdate=1950-02-28', 'p1'],
    ['Patient?birthdate=1950', 'p1 p2'],
    // quantity
    ['Encounter?length=30', 'e1'],
    ['Encounter?length=30||min', 'e1'],
    ['Encounter?length=30||minutes', 'e1'],
    ['Encounter?length=30|http://unitsofmeasure.org|h', ''],
    ['Encounter?length=gt30', 'e2'],
    ['Encounter?length=ge30', 'e1 e2'],
    ['Encounter?length=lt30||h', 'e3'],
    ['Encounter?length=45.5,30', 'e1 e2'],
    ['Encounter?length=ne30||min', 'e2'],
    ['Encounter?length:missing=false', 'e1 e2 e3'],
    // of every type
    ['Task?_id=a,c,none', 'a c'],
    ['Task?_lastUpdated=2026-03-14', 'a b c'],
    ['Task?_lastUpdated=ge2026-03-15', 'd'],
    ['Task?_lastUpdated=gt2026-03-14', 'd'],
    ['Task?_lastUpdated=lt2026-03-15', 'a b c'],
    ['Task?_lastUpdated=le2026-03-14T09:30:00.123Z', 'a b c'],
    ['Task?_lastUpdated=eb2026-03-14T09:30:00.123Z', ''],
    ['Task?_lastUpdated=2026-03-14T09:30:00.123Z', 'a b c'],
    ['Task?_lastUpdated=sa2026-03-14T09:30:00.123Z', 'd'],
    ['Task?_lastUpdated=ne2026-03-15', 'a b c'],
    ['Task?_lastUpdated:missing=true', ''],
    ['Task?_id:missing=false', 'a b c d'],
  ])('for %s finds %j, and counts as many', async (asked, expected) => {
    const ids = idsOf((await search(asked)).matches)
      .sort()
      .join(' ');
    expect(ids).toBe(expected);
    const { total } = await search(`${asked}&_summary=count`);
    expect(total).toBe(expected === '' ? 0 : expected.split(' ').length);
    expect(
      idsOf((await search(asked, everyone)).matches)
        .sort()
        .join(' '),
    ).toBe(expected);
  });

  it('gives the stored bytes', async () => {
    const { matches } = await search('Task?_id=a');
    expect(matches).toEqual([await opened.store.read('Task', 'a', everyone)]);
  });

  it('takes a hundred values at once', async () => {
    const ids = Array.from({ length: 199 }, (_, at) => `x${String(at)}`);
    expect(idsOf((await search(`Task?identifier=${ids.join(',')},two`)).matches)).toEqual(['a']);
    expect(idsOf((await search(`Task?owner=${ids.slice(0, 60).join(',')},healthy-living&_sort=_id`)).matches)).toEqual([
      'a',
      'd',
    ]);
  });

  it('ends in time, and says what to do then', async () => {
    const { store } = opened.beside({ statementTimeoutMs: 50, maxConnections: 1 });
    const { query } = parseSearch('Task', new URLSearchParams('_sort=status'), { lenient: false });
    await opened.whileLocked('task_search', () =>
      expect(store.search(query, everyone)).rejects.toMatchObject({
        status: 503,
        issues: [{ code: 'timeout', diagnostics: 'This search takes too long; narrow it, or try again later.' }],
      }),
    );
    expect((await store.search(query, everyone)).matches).toHaveLength(4);
  });
});

describe('what comes along with a search', () => {
  const named = (page: SearchPage) => ({
    matches: idsOf(page.matches).sort().join(' '),
    included: page.included
      .map(({ type, id }) => `${type}/${id}`)
      .sort()
      .join(' '),
    elsewhere: page.elsewhere
      .map(({ type, id }) => `${type}/${id}`)
      .sort()
      .join(' '),
  });

  it.each([
    ['Task?_id=a&_include=Task:patient', { matches: 'a', included: 'Patient/p1', elsewhere: '' }],
    ['Task?_id=a&_include=Task:part-of', { matches: 'a', included: 'Task/c', elsewhere: '' }],
    ['Task?_id=a,c&_include=Task:part-of', { matches: 'a c', included: '', elsewhere: '' }],
    ['Task?_id=a&_include=Task:subject&_include=Task:patient', { matches: 'a', included: 'Patient/p1', elsewhere: '' }],
    ['Task?_id=b&_include=Task:subject', { matches: 'b', included: '', elsewhere: 'Group/g1' }],
    ['Task?_id=b&_include=Task:subject:Patient', { matches: 'b', included: '', elsewhere: '' }],
    ['Task?_id=b&_include=Task:focus', { matches: 'b', included: '', elsewhere: '' }],
    ['Task?_id=none&_include=Task:subject', { matches: '', included: '', elsewhere: '' }],
    ['Patient?_id=p1&_revinclude=Task:patient', { matches: 'p1', included: 'Task/a', elsewhere: '' }],
    [
      'Patient?_revinclude=Task:subject&_revinclude=Encounter:subject',
      { matches: 'p1 p2 p3', included: 'Task/a', elsewhere: '' },
    ],
    ['Task?_id=c&_revinclude=Task:part-of', { matches: 'c', included: 'Task/a', elsewhere: '' }],
  ])('%s: %j', async (asked, expected) => {
    expect(named(await search(asked))).toEqual(expected);
  });

  it('is no deleted resource', async () => {
    const [gone] = await write([taskOf({ id: 'gone', partOf: [{ reference: 'Task/b' }] })]);
    await opened.store.commit(
      [{ interaction: 'delete', type: 'Task', id: 'gone', version: 1, audience: gone?.audience ?? [] }],
      act,
    );
    expect(named(await search('Task?_id=b&_revinclude=Task:part-of')).included).toBe('');
  });

  it('is refused where it would be too much', async () => {
    const many = Array.from({ length: 1001 }, (_, at): Task =>
      taskOf({ id: `many-${String(at)}`, status: 'draft', partOf: [{ reference: 'Task/a' }] }),
    );
    const stored = await write(many);
    await expect(search('Task?_id=a&_revinclude=Task:part-of')).rejects.toMatchObject({
      issues: [{ code: 'too-costly', diagnostics: 'This page would include more than 1000 resources; ask for fewer.' }],
    });
    await opened.store.commit(
      stored.map(({ id, audience }) => ({ interaction: 'delete', type: 'Task', id, version: 1, audience })),
      act,
    );
  });
});
