import type { Random } from './random.js';
import { pool } from './random-resources.js';

export const prefixes = ['', 'eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'];

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
