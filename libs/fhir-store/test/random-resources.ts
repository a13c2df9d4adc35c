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
export const pool = {
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
