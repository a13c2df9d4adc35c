import type { Encounter, FhirResource, Patient, Task } from 'fhir/r4';
import type { Random } from './random.js';

/** Few values each, so that rows and queries meet. */
const pool = {
  status: ['requested', 'received', 'accepted', 'in-progress', 'completed'],
  system: ['https://a.example', 'https://b.example'],
  code: ['one', 'two', 'three'],
  organisation: ['Organization/o1', 'Organization/o2', 'PractitionerRole/r1'],
  patient: ['Patient/p1', 'Patient/p2', 'Group/g1'],
  date: ['2024', '2024-02', '2024-02-29', '2024-02-29T10:30:00Z', '2025-01-01', '2025-06-30T23:59:59.500+01:00'],
  family: ['Ó Néill', 'oneill', 'Smith', 'smythe', 'Smith-Jones'],
  length: [10, 15.5, 30],
  unit: ['min', 'h'],
};

export const prefixes = ['', 'eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'];

export const organisations = ['moor-practice', 'healthy-living', 'green-gym', 'public', 'ics'];

export const randomResources: Record<string, (random: Random, id: string) => FhirResource> = {
  Task: (random, id): Task => ({
    resourceType: 'Task',
    id,
    status: random.oneOf(pool.status) as Task['status'],
    intent: random.oneOf(['order', 'plan']),
    ...maybe(random, 'priority', () => random.oneOf(['routine', 'urgent'])),
    ...maybe(random, 'identifier', () => [identifier(random), identifier(random)]),
    ...maybe(random, 'businessStatus', () => ({ coding: [coding(random), coding(random)] })),
    ...maybe(random, 'owner', () => reference(random, pool.organisation)),
    ...maybe(random, 'for', () => reference(random, pool.patient)),
    ...maybe(random, 'partOf', () => [reference(random, ['Task/t1', 'Task/t2']), reference(random, ['Task/t3'])]),
    ...maybe(random, 'authoredOn', () => random.oneOf(pool.date)),
    ...maybe(random, 'executionPeriod', () => ({
      ...maybe(random, 'start', () => random.oneOf(pool.date.slice(0, 3))),
      ...maybe(random, 'end', () => random.oneOf(pool.date.slice(3))),
    })),
    meta: { ...maybe(random, 'profile', () => ['https://a.example/p|1.0', 'https://b.example/p']) },
  }),
  Patient: (random, id): Patient => ({
    resourceType: 'Patient',
    id,
    ...maybe(random, 'active', () => random.chance(0.5)),
    ...maybe(random, 'name', () => [{ family: random.oneOf(pool.family), given: [random.oneOf(pool.family)] }]),
    ...maybe(random, 'birthDate', () => random.oneOf(pool.date.slice(0, 3))),
    ...maybe(random, 'telecom', () => [{ system: 'phone', value: random.oneOf(pool.code) }]),
  }),
  Encounter: (random, id): Encounter => ({
    resourceType: 'Encounter',
    id,
    status: random.oneOf(['planned', 'finished']),
    class: coding(random),
    ...maybe(random, 'length', () => ({
      value: random.oneOf(pool.length),
      system: 'http://unitsofmeasure.org',
      code: random.oneOf(pool.unit),
    })),
    ...maybe(random, 'period', () => ({ start: random.oneOf(pool.date) })),
  }),
};

const token = (codes: readonly string[]) => (random: Random) => {
  const code = random.oneOf([...codes, ...pool.code]);
  const system = random.oneOf([...pool.system, 'http://hl7.org/fhir/task-status']);
  return random.oneOf([code, code, `${system}|${code}`, `|${code}`, `${system}|`]);
};
const dates = (random: Random) => `${random.oneOf(prefixes)}${random.oneOf(pool.date)}`;
const names = (random: Random) => random.oneOf([...pool.family, 'Sm', 'o', 'NEILL', 'jones', 'Smith-Jones']);
const referred = (known: readonly string[]) => (random: Random) =>
  random.oneOf([...known, ...known.map((each) => each.split('/')[1] ?? '')]);

/** What may be asked of a type: parameter, modifiers and values. */
const asked: Record<string, [name: string, modifiers: readonly string[], value: (random: Random) => string][]> = {
  Task: [
    ['status', ['', ':not'], token(pool.status)],
    ['intent', ['', ':not'], token(['order', 'plan'])],
    ['priority', ['', ':not'], token(['routine', 'urgent'])],
    ['identifier', ['', ':not'], token([])],
    ['business-status', ['', ':not'], token([])],
    ['owner', [''], referred(pool.organisation)],
    ['owner', [':identifier'], token([])],
    ['patient', [''], referred(['Patient/p1', 'Patient/p2'])],
    ['subject', [''], referred(pool.patient)],
    ['part-of', [''], referred(['Task/t1', 'Task/t3'])],
    ['part-of', [':identifier'], token([])],
    ['authored-on', [''], dates],
    ['period', [''], dates],
    [
      '_profile',
      [''],
      (random) => random.oneOf(['https://a.example/p', 'https://a.example/p|1.0', 'https://b.example/p']),
    ],
  ],
  Patient: [
    ['active', ['', ':not'], (random) => random.oneOf(['true', 'false'])],
    ['name', ['', ':exact', ':contains'], names],
    ['family', ['', ':exact', ':contains'], names],
    ['birthdate', [''], dates],
    ['telecom', ['', ':not'], token([])],
  ],
  Encounter: [
    ['status', ['', ':not'], token(['planned', 'finished'])],
    ['class', ['', ':not'], token([])],
    ['date', [''], dates],
    [
      'length',
      [''],
      (random) =>
        `${random.oneOf(prefixes)}${random.oneOf(['10', '15.5', '30', '1e1', '20'])}${random.oneOf(['', '|http://unitsofmeasure.org|min', '||h'])}`,
    ],
  ],
};

const sorts: Record<string, readonly string[]> = {
  Task: ['status', 'owner', 'authored-on', 'period', 'subject', '_lastUpdated', '_id', 'priority'],
  Patient: ['birthdate', 'active', '_id', '_lastUpdated'],
  Encounter: ['status', '_lastUpdated', '_id'],
};

/** A query string as a caller might send it. */
export function randomQuery(random: Random, type: string, ids: readonly string[]): URLSearchParams {
  const query = new URLSearchParams();
  for (let criteria = random.below(4); criteria > 0; criteria--) {
    const [name, modifiers, value] = random.oneOf(asked[type] ?? []);
    if (random.chance(0.1)) query.append(`${name}:missing`, String(random.chance(0.5)));
    else {
      const values = Array.from({ length: 1 + random.below(3) }, () => value(random).replaceAll(',', '\\,'));
      query.append(`${name}${random.oneOf(modifiers)}`, values.join(','));
    }
  }
  if (random.chance(0.1)) query.append('_id', [random.oneOf(ids), random.oneOf(ids)].join(','));
  if (random.chance(0.1))
    query.append('_lastUpdated', `${random.oneOf(prefixes)}2026-01-01T00:00:${String(10 + random.below(40))}Z`);
  if (random.chance(0.6)) {
    const keys = random.shuffled(sorts[type] ?? []).slice(0, 1 + random.below(3));
    query.append('_sort', keys.map((key) => `${random.chance(0.5) ? '-' : ''}${key}`).join(','));
  }
  query.append('_count', String(5 + random.below(60)));
  return query;
}

function maybe(random: Random, name: string, make: () => unknown): object {
  return random.chance(0.6) ? { [name]: make() } : {};
}

function identifier(random: Random) {
  return { value: random.oneOf(pool.code), ...maybe(random, 'system', () => random.oneOf(pool.system)) };
}

function coding(random: Random) {
  return { code: random.oneOf(pool.code), ...maybe(random, 'system', () => random.oneOf(pool.system)) };
}

function reference(random: Random, literals: readonly string[]) {
  return {
    ...(random.chance(0.8) ? { reference: random.oneOf(literals) } : {}),
    ...(random.chance(0.3) ? { identifier: identifier(random) } : {}),
  };
}
