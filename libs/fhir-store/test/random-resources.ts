import type {
  Encounter,
  FhirResource,
  HealthcareService,
  Location,
  Observation,
  Organization,
  Patient,
  Task,
} from 'fhir/r4';
import type { Random } from './random.js';

/** Few values each, so that rows and queries meet. */
const pool = {
  status: ['requested', 'received', 'accepted', 'in-progress', 'completed'],
  system: ['https://a.example', 'https://b.example'],
  code: ['one', 'two', 'three'],
  organisation: ['Organization/0-0', 'Organization/0-1', 'Organization/1-0', 'PractitionerRole/r1'],
  patient: ['Patient/0-0', 'Patient/0-1', 'Patient/2-3', 'Group/g1'],
  task: ['Task/0-0', 'Task/0-1', 'Task/1-1'],
  location: ['Location/0-0', 'Location/0-1', 'Location/1-0', 'Location/1-1', 'Location/2-0'],
  display: ['Heart rate', 'Heart rate monitor', 'Rate of change', 'Blood pressure'],
  uri: ['http://a.example', 'http://a.example/x', 'http://a.example/x/y', 'http://b.example/x'],
  place: [
    [53.79, -1.75],
    [53.8, -1.7],
    [54.5, -2],
    [0, 179.99],
    [0.001, -179.99],
    [89.9, 10],
    [89.95, -170],
    [-90, 0],
  ] as const,
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
    ...maybe(random, 'partOf', () => [reference(random, pool.task), reference(random, pool.task)]),
    ...maybe(random, 'authoredOn', () => random.oneOf(pool.date)),
    ...maybe(random, 'executionPeriod', () => ({
      ...maybe(random, 'start', () => random.oneOf(pool.date.slice(0, 3))),
      ...maybe(random, 'end', () => random.oneOf(pool.date.slice(3))),
    })),
    ...maybe(random, 'focus', () => reference(random, pool.task)),
    ...maybe(random, 'restriction', () => ({ recipient: [{ reference: random.oneOf(pool.patient) }] })),
    meta: {
      ...maybe(random, 'profile', () => ['https://a.example/p|1.0', 'https://b.example/p']),
      ...maybe(random, 'tag', () => [coding(random), coding(random)]),
      ...maybe(random, 'source', () => random.oneOf(pool.uri)),
    },
  }),
  Patient: (random, id): Patient => ({
    resourceType: 'Patient',
    id,
    ...maybe(random, 'active', () => random.chance(0.5)),
    ...maybe(random, 'name', () => [{ family: random.oneOf(pool.family), given: [random.oneOf(pool.family)] }]),
    ...maybe(random, 'birthDate', () => random.oneOf(pool.date.slice(0, 3))),
    ...maybe(random, 'telecom', () => [{ system: 'phone', value: random.oneOf(pool.code) }]),
    ...maybe(random, 'identifier', () => [typed(random), typed(random)]),
    ...maybe(random, 'managingOrganization', () => reference(random, pool.organisation)),
    ...maybe(random, 'generalPractitioner', () => [
      reference(random, pool.organisation),
      reference(random, pool.organisation),
    ]),
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
    ...maybe(random, 'subject', () => reference(random, pool.patient)),
    ...maybe(random, 'partOf', () => ({
      reference: `Encounter/${String(random.below(3))}-${String(random.below(3))}`,
    })),
    ...maybe(random, 'type', () => [concept(random), concept(random)]),
    ...maybe(random, 'location', () => [
      { location: { reference: random.oneOf(pool.location) } },
      { location: { reference: random.oneOf(pool.location) } },
    ]),
  }),
  Organization: (random, id): Organization => ({
    resourceType: 'Organization',
    id,
    ...maybe(random, 'active', () => random.chance(0.7)),
    ...maybe(random, 'name', () => random.oneOf(pool.family)),
    ...maybe(random, 'identifier', () => [typed(random)]),
    ...maybe(random, 'partOf', () => reference(random, pool.organisation)),
  }),
  Location: (random, id): Location => ({
    resourceType: 'Location',
    id,
    ...maybe(random, 'status', () => random.oneOf(['active', 'inactive'])),
    ...maybe(random, 'name', () => random.oneOf(pool.family)),
    ...maybe(random, 'position', () => {
      const [latitude, longitude] = random.oneOf(pool.place);
      return { latitude, longitude };
    }),
    ...maybe(random, 'partOf', () => ({ reference: random.oneOf(pool.location) })),
    ...maybe(random, 'managingOrganization', () => reference(random, pool.organisation)),
  }),
  HealthcareService: (random, id): HealthcareService => ({
    resourceType: 'HealthcareService',
    id,
    ...maybe(random, 'active', () => random.chance(0.7)),
    ...maybe(random, 'providedBy', () => reference(random, pool.organisation)),
    ...maybe(random, 'location', () => [
      { reference: random.oneOf(pool.location) },
      { reference: random.oneOf(pool.location) },
    ]),
    ...maybe(random, 'specialty', () => [concept(random)]),
  }),
  Observation: (random, id): Observation => ({
    resourceType: 'Observation',
    id,
    status: 'final',
    code: concept(random),
    ...maybe(random, 'subject', () => reference(random, pool.patient)),
    ...random.oneOf([
      { valueQuantity: quantity(random) },
      { valueCodeableConcept: concept(random) },
      { valueString: random.oneOf(pool.display) },
      {},
    ]),
    ...maybe(random, 'component', () => [
      { code: concept(random), valueQuantity: quantity(random) },
      { code: concept(random), valueQuantity: quantity(random) },
      { code: concept(random), valueCodeableConcept: concept(random) },
    ]),
  }),
};

const token = (codes: readonly string[]) => (random: Random) => {
  const code = random.oneOf([...codes, ...pool.code]);
  const system = random.oneOf([...pool.system, 'http://hl7.org/fhir/task-status']);
  return random.oneOf([code, code, `${system}|${code}`, `|${code}`, `${system}|`]);
};
const dates = (random: Random) => `${random.oneOf(prefixes)}${random.oneOf(pool.date)}`;
const texts = (random: Random) => random.oneOf(['heart', 'rate', 'rate m', 'blood pressure', 'ra', 'art']);
const near = (random: Random) => {
  const [latitude, longitude] = random.oneOf(pool.place);
  return `${String(latitude)}|${String(longitude)}|${random.oneOf(['1', '5', '100', '3000', '20100'])}|km`;
};
const quantities = (random: Random) =>
  `${random.oneOf(prefixes)}${random.oneOf(['10', '15.5', '30', '20'])}${random.oneOf(['', '|http://unitsofmeasure.org|min', '||h'])}`;
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
    ['patient', [''], referred(['Patient/0-0', 'Patient/0-1'])],
    ['subject', [''], referred(pool.patient)],
    ['part-of', [''], referred(['Task/0-0', 'Task/1-1'])],
    ['part-of', [':identifier'], token([])],
    ['authored-on', [''], dates],
    ['period', [''], dates],
    ['business-status', [':text'], texts],
    ['business-status', [':in', ':not-in'], () => 'http://a.example/set'],
    ['_tag', ['', ':not'], token([])],
    ['_source', ['', ':above', ':below'], (random) => random.oneOf(pool.uri)],
    ['owner:Organization.name', ['', ':contains', ':exact'], names],
    ['owner:Organization.identifier', ['', ':not'], token([])],
    ['owner.active', [''], () => 'true'],
    ['patient.birthdate', [''], dates],
    ['patient.organization.name', [''], names],
    ['subject:Patient.general-practitioner:Organization.partof.name', [''], names],
    ['part-of.owner:Organization.name', [''], names],
    ['part-of.status', ['', ':not'], token(pool.status)],
    ['part-of._lastUpdated', [''], () => 'lt2026-01-01T00:00:30Z'],
    ['patient._has:Encounter:patient:status', [''], token(['planned', 'finished'])],
    ['_has:Task:part-of:status', ['', ':not'], token(pool.status)],
    ['_has:Task:part-of:owner', [''], referred(pool.organisation.slice(0, 3))],
    ['_has:Task:focus:patient.family', [''], names],
    ['_has:Task:part-of:_has:Task:part-of:status', [''], token(pool.status)],
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
    [
      'identifier',
      [':of-type'],
      (random) => `${random.oneOf(pool.system)}|${random.oneOf(pool.code)}|${random.oneOf(pool.code)}`,
    ],
    ['identifier', [':text'], texts],
    ['general-practitioner', [':identifier'], token([])],
    ['general-practitioner:Organization.name', [''], names],
    ['_has:Task:patient:status', ['', ':not'], token(pool.status)],
    ['_has:Task:subject:owner.name', [''], names],
    ['_has:Encounter:patient:type:text', [''], texts],
    [
      '_has:Observation:patient:code-value-quantity',
      [''],
      (random) => `${random.oneOf(pool.code)}$ge${random.oneOf(['10', '15.5'])}`,
    ],
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
    ['type', ['', ':not'], token([])],
    ['type', [':text'], texts],
    [
      'part-of',
      ['', ':above', ':below'],
      (random) => `Encounter/${String(random.below(3))}-${String(random.below(3))}`,
    ],
    ['location', ['', ':above', ':below'], referred(pool.location)],
    ['location.near', [''], near],
    ['subject:Patient.family', [''], names],
  ],
  Organization: [
    ['name', ['', ':exact', ':contains'], names],
    ['partof', ['', ':above', ':below'], referred(pool.organisation.slice(0, 3))],
    ['partof:Organization.name', [''], names],
    [
      'identifier',
      [':of-type'],
      (random) => `${random.oneOf(pool.system)}|${random.oneOf(pool.code)}|${random.oneOf(pool.code)}`,
    ],
    ['_has:Task:owner:status', ['', ':not'], token(pool.status)],
    ['_has:HealthcareService:organization:location.near', [''], near],
  ],
  Location: [
    ['near', [''], near],
    ['status', ['', ':not'], token(['active', 'inactive'])],
    ['partof', ['', ':above', ':below'], referred(pool.location)],
    ['organization:Organization.name', [''], names],
    ['partof.near', [''], near],
  ],
  HealthcareService: [
    ['location.near', [''], near],
    ['location', ['', ':below', ':above'], referred(pool.location)],
    ['organization.name', [''], names],
    ['specialty', ['', ':not'], token([])],
    ['specialty', [':text'], texts],
    ['active', [''], () => 'true'],
  ],
  Observation: [
    ['code-value-quantity', [''], (random) => `${token([])(random)}$${quantities(random)}`],
    ['combo-code-value-quantity', [''], (random) => `${token([])(random)}$${quantities(random)}`],
    ['component-code-value-quantity', [''], (random) => `${random.oneOf(pool.code)}$${quantities(random)}`],
    ['component-code-value-concept', [''], (random) => `${token([])(random)}$${token([])(random)}`],
    ['code-value-string', [''], (random) => `${random.oneOf(pool.code)}$${random.oneOf(['heart', 'blood', 'rate'])}`],
    ['value-quantity', [''], quantities],
    ['combo-code', ['', ':not'], token([])],
    ['subject:Patient.identifier', [''], token([])],
  ],
};

const sorts: Record<string, readonly string[]> = {
  Task: [
    ...['status', 'owner', 'authored-on', 'period', 'subject', '_lastUpdated', '_id', 'priority'],
    ...['identifier', 'business-status', 'part-of', '_tag', '_profile'],
  ],
  Patient: ['birthdate', 'active', '_id', '_lastUpdated', 'family', 'name', 'telecom', 'general-practitioner'],
  Encounter: ['status', '_lastUpdated', '_id', 'length', 'type', 'date', 'location'],
  Organization: ['name', '_id', '_lastUpdated', 'active', 'partof'],
  Location: ['name', '_id', '_lastUpdated', 'status'],
  HealthcareService: ['specialty', '_id', '_lastUpdated', 'location', 'organization'],
  Observation: ['code', 'value-quantity', 'combo-value-quantity', 'value-string', '_id'],
};

/** A query string as a caller might send it. */
export function randomQuery(random: Random, type: string, ids: readonly string[]): URLSearchParams {
  const query = new URLSearchParams();
  for (let criteria = random.below(4); criteria > 0; criteria--) {
    const [name, modifiers, value] = random.oneOf(asked[type] ?? []);
    if (random.chance(0.1) && !/[.:]|code-value|near/.test(name))
      query.append(`${name}:missing`, String(random.chance(0.5)));
    else {
      // One place is sought at a time, and one value set.
      const most = /near|business-status/.test(name) ? 1 : 3;
      const values = Array.from({ length: 1 + random.below(most) }, () => value(random).replaceAll(',', '\\,'));
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

function concept(random: Random) {
  return {
    ...maybe(random, 'coding', () => [
      { ...coding(random), ...maybe(random, 'display', () => random.oneOf(pool.display)) },
      coding(random),
    ]),
    ...maybe(random, 'text', () => random.oneOf(pool.display)),
  };
}

function typed(random: Random) {
  return {
    ...identifier(random),
    ...maybe(random, 'type', () => ({ coding: [coding(random)], text: random.oneOf(pool.display) })),
  };
}

function quantity(random: Random) {
  return { value: random.oneOf(pool.length), system: 'http://unitsofmeasure.org', code: random.oneOf(pool.unit) };
}
