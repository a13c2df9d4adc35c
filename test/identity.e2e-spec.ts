import type {
  Bundle,
  BundleEntry,
  Encounter,
  OperationOutcome,
  Patient,
  Reference,
  RelatedPerson,
  ServiceRequest,
  Task,
} from 'fhir/r4';
import { eventually } from './eventually.js';
import { idIn, messageOf, sendMessage } from './messages.js';
import { nhsNumber } from './people.js';
import { type As, ReferralActors, requestFor } from './referral-actors.js';
import { Tables } from './tables.js';
import { startWorld, type World } from './world.js';

const verification = 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus';
let world: World;
const actors = new ReferralActors(() => world);
const tables = new Tables(() => world);

beforeAll(async () => {
  world = await startWorld();
});

afterAll(async () => {
  await world.stop();
});

describe('a search for records of a person', () => {
  it('finds those that the caller may see, graded, the best first, and no others', async () => {
    const amina = person(1);
    const own = await actors.create<Patient>('practice', amina);
    const unnumbered = withoutNumber(amina);
    const without = await actors.create<Patient>('practice', unnumbered);
    const theirs = await actors.create<Patient>('integrator', amina);
    const matches = await match('practice', amina);
    expect(matches.map(graded)).toEqual([
      [own.id, 'certain', 1],
      [without.id, 'probable', 0.6],
    ]);
    expect((await match('integrator', amina)).map(graded)).toEqual([[theirs.id, 'certain', 1]]);
    expect(await match('provider-khl', amina)).toEqual([]);
    await actors.refer('staying-steady', own.id);
    expect((await match('provider-khl', amina)).map(graded)).toEqual([[own.id, 'certain', 1]]);
  });

  it('tells certain ones alone where it is asked to, and no more than it is asked for', async () => {
    const ravi = person(2);
    const unnumbered = withoutNumber(ravi);
    const known = await actors.create<Patient>('practice', ravi);
    await actors.create<Patient>('practice', unnumbered);
    await actors.create<Patient>('practice', unnumbered);
    const certain = await match('practice', ravi, [{ name: 'onlyCertainMatches', valueBoolean: true }]);
    const two = await match('practice', ravi, [{ name: 'count', valueInteger: 2 }]);
    expect([certain.map(({ resource }) => resource?.id), two.length]).toEqual([[known.id], 2]);
  });

  it('tells none as the certain one where several are, and says so', async () => {
    const twice = person(7);
    await actors.create<Patient>('practice', twice);
    await actors.create<Patient>('practice', twice);
    const flag = { name: 'onlyCertainMatches', valueBoolean: true };
    const { body } = await asked('practice', [{ name: 'resource', resource: twice }, flag]);
    const { total, entry = [] } = body as Bundle;
    const codes = entry.map(({ resource }) => (resource as OperationOutcome).issue[0]?.code);
    expect([total, codes, entry[0]?.search]).toEqual([0, ['multiple-matches'], { mode: 'outcome' }]);
    expect((await match('practice', twice)).map((one) => graded(one)[1])).toEqual(['certain', 'certain']);
  });

  it('finds the record itself that is asked with', async () => {
    const known = await actors.create<Patient>('practice', person(8));
    expect((await match('practice', known)).map(graded)).toEqual([[known.id, 'certain', 1]]);
  });

  it('of a record with names and postcodes without end costs no more than one with some', async () => {
    const known = await actors.create<Patient>('practice', { ...person(9), birthDate: '1962-02-03' });
    const many = Array.from({ length: 400 }, (_, at) => String(at));
    const name = [...(known.name ?? []), ...many.map((one) => ({ family: `Name${one}`, given: ['Amina'] }))];
    const address = [...(known.address ?? []), ...many.map((one) => ({ postalCode: `BD${one} 1AA` }))];
    const wide: Patient = { resourceType: 'Patient', birthDate: '1962-02-03', name, address };
    expect((await match('practice', wide)).map(graded)).toEqual([[known.id, 'probable', 0.6]]);
  });

  it('finds those without a date of birth, or with another order of its numbers, however the rest is spelt', async () => {
    const spelt: Patient = {
      resourceType: 'Patient',
      name: [{ family: 'Smith-Example', given: ['Ann'] }],
      address: [{ postalCode: 'LS99 9ZZ' }],
    };
    const undated = await actors.create<Patient>('practice', spelt);
    const swapped = await actors.create<Patient>('practice', {
      ...spelt,
      birthDate: '1963-02-05',
      address: [{ postalCode: 'LS999ZZ' }],
    });
    const otherwise = { ...spelt, name: [{ family: 'Smith Example', given: ['Ann'] }], birthDate: '1963-05-02' };
    const found = await match('practice', { ...otherwise, address: [{ postalCode: 'ls999zz' }] });
    expect(new Set(found.map((one) => graded(one).slice(0, 2).join(' ')))).toEqual(
      new Set([`${undated.id ?? ''} possible`, `${swapped.id ?? ''} possible`]),
    );
  });

  it('needs a Patient, and is not for those who care for nobody', async () => {
    const empty = await asked('practice', []);
    const other = await asked('practice', [
      { name: 'resource', resource: { resourceType: 'Basic', code: { text: 'x' } } },
    ]);
    const analyst = await asked('analyst', [{ name: 'resource', resource: person(3) }]);
    expect([empty.status, other.status, analyst.status]).toEqual([400, 400, 403]);
  });
});

describe('an NHS number', () => {
  it.each([
    ['01', 201],
    ['02', 201],
    ['number-present-but-not-traced', 201],
    ['03', 422],
    ['trace-attempted-no-match-or-multiple-match-found', 422],
  ])('with verification status %s is answered %i', async (code, status) => {
    const [number] = person(4).identifier ?? [];
    const extension = [{ url: verification, valueCodeableConcept: { coding: [{ code }] } }];
    const answer = await actors.post('practice', { ...person(4), identifier: [{ ...number, extension }] });
    expect(answer.status).toBe(status);
    if (status === 422)
      expect((answer.body as OperationOutcome).issue[0]?.expression).toEqual(['Patient.identifier[0].extension']);
  });

  it('may be missing: a person without one is referred like any other', async () => {
    const made = await actors.create<Patient>('practice', withoutNumber(person(5)));
    expect((await actors.refer('staying-steady', made.id)).part).not.toBe('');
  });
});

describe('a record that changes while a referral is under way', () => {
  it('tells of another practice, of another address and of a death, and of nothing twice', async () => {
    const { patient, part } = await actors.refer(
      'staying-steady',
      (await actors.create<Patient>('practice', person(6))).id,
    );
    const known = await actors.read<Patient>('practice', `Patient/${patient}`);
    const changes: Partial<Patient>[] = [
      { generalPractitioner: [{ reference: 'Organization/modality-airedale' }] },
      { address: [{ postalCode: 'LS1 1AA' }] },
      { telecom: [{ system: 'phone', value: '01632 960001' }] },
      { deceasedDateTime: '2026-11-20' },
    ];
    let changed = known;
    for (const change of changes) changed = (await actors.put<Patient>('practice', { ...changed, ...change })).body;
    expect((await eventsOf(patient)).slice(-4)).toEqual([
      'patient-practice-changed.v1',
      'patient-address-changed.v1',
      'patient-updated.v1',
      'patient-died.v1',
    ]);
    const ended = await eventually(
      () => actors.read<Task>('provider-khl', `Task/${part}`),
      ({ status }) => status === 'cancelled',
    );
    expect(ended.businessStatus?.coding?.[0]?.code).toBe('patient-died');
    expect(await actors.statusOf('integrator', `Patient/${patient}`)).toBe(404);
  });
});

describe('a person who is known by a message', () => {
  it('has another practice once that is said, and stays linked and dead where a later message is silent', async () => {
    const number = nhsNumber(11);
    const said = (code: string) => ({ generalPractitioner: [{ identifier: { system: ods, value: code } }] });
    const [id] = await told(messageOf(number, said('B83620')));
    await told(messageOf(number, said('B83620')));
    await told(messageOf(number, said('B83621')));
    const known = await actors.read<Patient>('practice', `Patient/${id}`);
    const link = [{ type: 'seealso' as const, other: { reference: `Patient/${await actors.person()}` } }];
    await actors.put<Patient>('practice', { ...known, link });
    expect(await told(messageOf(number, said('B83621')))).toEqual([id, 200]);
    const after = await actors.read<Patient>('practice', `Patient/${id}`);
    expect([after.link, (await eventsOf(id)).filter((type) => type === 'patient-practice-changed.v1').length]).toEqual([
      link,
      1,
    ]);
    await actors.put<Patient>('practice', { ...after, deceasedBoolean: true });
    expect(await told(messageOf(number, said('B83621')))).toEqual(['', 422]);
    const again = await actors.post('practice', requestFor(`Patient/${id}`, 'staying-steady'));
    expect([again.status, (again.body as OperationOutcome).issue[0]?.expression]).toEqual([
      422,
      ['ServiceRequest.subject'],
    ]);
    const mended = await actors.read<Patient>('practice', `Patient/${id}`);
    await actors.put<Patient>('practice', { ...mended, deceasedBoolean: false });
    expect(await told(messageOf(number, said('B83621')))).toEqual([id, 200]);
  });
});

describe('somebody who helps', () => {
  it('is kept with relation and language, and shown to the provider with the referral that names her', async () => {
    const patient = await actors.person();
    const daughter = await actors.create<RelatedPerson>('practice', helperOf(patient));
    const individual = { reference: `RelatedPerson/${daughter.id ?? ''}` };
    const { request } = await actors.refer('staying-steady', patient, { supportingInfo: [individual] });
    const helped = await actors.create<Encounter>('provider-khl', contactWith(individual, { patient, request }));
    expect(helped.participant?.[0]?.individual).toEqual(individual);
    expect((await actors.read<RelatedPerson>('provider-khl', individual.reference)).communication?.[0]?.preferred).toBe(
      true,
    );
    expect(await actors.statusOf('provider-project6', individual.reference)).toBe(404);
  });

  it('is named by a provider that has met her, and stays with that provider', async () => {
    const { patient, request } = await actors.refer('staying-steady');
    const daughter = await actors.create<RelatedPerson>('provider-khl', helperOf(patient));
    const individual = { reference: `RelatedPerson/${daughter.id ?? ''}` };
    await actors.create<Encounter>('provider-khl', contactWith(individual, { patient, request }));
    const seen = (['practice', 'provider-project6'] as const).map((as) => actors.statusOf(as, individual.reference));
    expect(await Promise.all(seen)).toEqual([404, 404]);
  });
});

function helperOf(patient: string): RelatedPerson {
  return {
    resourceType: 'RelatedPerson',
    patient: { reference: `Patient/${patient}` },
    relationship: [{ coding: [{ system: roles, code: 'DAUC' }] }, { coding: [{ system: roles, code: 'ECON' }] }],
    communication: [{ language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'pnb' }] }, preferred: true }],
    telecom: [{ system: 'phone', value: '01632 960002', rank: 1 }],
  };
}

function contactWith(individual: Reference, { patient, request }: { patient: string; request: string }): Encounter {
  return {
    resourceType: 'Encounter',
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'VR' },
    subject: { reference: `Patient/${patient}` },
    basedOn: [{ reference: `ServiceRequest/${request}` }],
    participant: [{ type: [{ coding: [{ system: participation, code: 'translator' }] }], individual }],
  };
}

/** Id of the Patient, and the status, of a message. */
async function told(message: Bundle): Promise<[string, number]> {
  const answer = await sendMessage(world, message);
  if (answer.status !== 200) return ['', answer.status];
  const request = await actors.read<ServiceRequest>('practice', `ServiceRequest/${idIn(answer, 'ServiceRequest')}`);
  return [request.subject.reference?.replace('Patient/', '') ?? '', answer.status];
}

const ods = 'https://fhir.nhs.uk/Id/ods-organization-code';
const roles = 'http://terminology.hl7.org/CodeSystem/v3-RoleCode';
const participation = 'http://terminology.hl7.org/CodeSystem/participant-type';

/** What was told of a record, in order. */
function eventsOf(id: string): Promise<string[]> {
  return tables.on(async (client) => {
    const text = 'SELECT type FROM referral.outbox WHERE resource_id = $1 ORDER BY version';
    return (await client.query<{ type: string }>(text, [id])).rows.map(({ type }) => type);
  });
}

function graded({ resource, search }: BundleEntry): unknown[] {
  return [resource?.id, search?.extension?.[0]?.valueCode, search?.score];
}

async function match(as: As, patient: Patient, more: object[] = []): Promise<BundleEntry[]> {
  const answer = await asked(as, [{ name: 'resource', resource: patient }, ...more]);
  if (answer.status !== 200) throw new Error(answer.text);
  return (answer.body as Bundle).entry ?? [];
}

function asked(as: As, parameter: object[]) {
  const body = { resourceType: 'Parameters', ...(parameter.length > 0 ? { parameter } : {}) };
  return world.send(as, { method: 'POST', path: '/fhir/Patient/$match', body });
}

function withoutNumber(patient: Patient): Patient {
  return Object.fromEntries(
    Object.entries(patient).filter(([element]) => element !== 'identifier'),
  ) as unknown as Patient;
}

/** Somebody who was never born. */
function person(at: number): Patient {
  return {
    resourceType: 'Patient',
    identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: nhsNumber(at) }],
    name: [{ family: `Testperson${String.fromCharCode(64 + at)}`, given: ['Amina'] }],
    birthDate: `1961-04-0${String(at)}`,
    address: [{ postalCode: 'BD21 1AA' }],
  };
}
