import { randomUUID } from 'node:crypto';
import type { Bundle, OperationOutcome, Patient, ServiceRequest } from 'fhir/r4';
import { changedExample, reason } from './bars-world.js';
import { idIn, messageFor, messageOf, sendMessage } from './messages.js';
import { nhsNumber } from './people.js';
import { ReferralActors } from './referral-actors.js';
import { startWorld, type World } from './world.js';

let world: World;
const actors = new ReferralActors(() => world);

beforeAll(async () => {
  world = await startWorld();
});

afterAll(async () => {
  await world.stop();
});

describe('what a message says of a known person', () => {
  it('takes no trace of a number back, and neither does an update', async () => {
    const number = nhsNumber(12);
    const { id } = await told(messageOf(number, { identifier: [numbered(number, '01')] }));
    const answer = await told(messageOf(number, { identifier: [numbered(number, '02')] }));
    expect(answer.remarks).toContain('This NHS number was verified before: its verification status stays 01.');
    const known = await actors.read<Patient>('practice', `Patient/${id}`);
    const updated = await actors.put<Patient>('practice', { ...known, identifier: [numbered(number, '02')] });
    expect([known.identifier, updated.body.identifier]).toEqual([[numbered(number, '01')], [numbered(number, '01')]]);
    expect((await told(messageOf(number))).id).toBe(id);
    expect(await actors.read<Patient>('practice', `Patient/${id}`)).toEqual(updated.body);
  });

  it('links it to nothing, neither a new record nor one that people have linked', async () => {
    const number = nhsNumber(13);
    const link = [{ type: 'seealso' as const, other: { reference: 'Patient/somebody-else' } }];
    const first = await told(messageOf(number, { link }));
    expect(first.remarks).toContain('Links between records are not taken from a message: people settle them here.');
    const { id } = await told(messageOf(number, { link }));
    const known = await actors.read<Patient>('practice', `Patient/${id}`);
    const settled = [{ type: 'seealso' as const, other: { reference: `Patient/${await actors.person()}` } }];
    await actors.put<Patient>('practice', { ...known, link: settled });
    await told(messageOf(number, { link }));
    const after = await actors.read<Patient>('practice', `Patient/${id}`);
    expect([known.link, after.link]).toEqual([undefined, settled]);
  });

  it('with the number of a twin changes nothing of the twin, and makes another record', async () => {
    const called = (given: string) => messageOf(nhsNumber(14), { name: [{ family: 'Fictitious', given: [given] }] });
    const [ann, beth, again] = [await told(called('Ann')), await told(called('Beth')), await told(called('A.'))];
    const areWarned = [ann, beth, again].map(({ remarks }) =>
      String(remarks).includes('family name or given name differs'),
    );
    expect(areWarned).toEqual([false, true, false]);
    expect([ann.id === beth.id, ann.id === again.id]).toEqual([false, true]);
    expect((await actors.read<Patient>('practice', `Patient/${beth.id}`)).name?.[0]?.given).toEqual(['Beth']);
  });

  it.each<[string, Patient['identifier']]>([
    ['has no NHS number', undefined],
    ['has one that was not traced to the end', [numbered(nhsNumber(15), '04')]],
  ])('of a referral that is here is written to its record, also where that %s', async (_, identifier) => {
    const first = validation(identifier ? { identifier } : {});
    const { id, request } = await told(first);
    const changed = { address: [{ postalCode: 'LS1 1AA' }], deceasedDateTime: '2026-11-20' };
    const { remarks } = await told(updating(first, request, changed));
    const known = await actors.read<Patient>('practice', `Patient/${id}`);
    expect([remarks.filter(isOfRecord), known]).toMatchObject([[], changed]);
    expect(known.managingOrganization?.reference).toBe('Organization/worth-valley-practice');
  });

  it('may be the NHS number that its record has not, which no message takes back by silence', async () => {
    const first = validation({});
    const { id, request } = await told(first);
    const identifier = [numbered(nhsNumber(16), '02')];
    for (const patient of [{ identifier }, { identifier: [{ system: 'urn:own', value: '7' }] }])
      expect((await told(updating(first, request, patient))).remarks.filter(isOfRecord)).toEqual([]);
    const known = await actors.read<Patient>('practice', `Patient/${id}`);
    expect(known.identifier).toEqual([...identifier, { system: 'urn:own', value: '7' }]);
  });

  it.each<[string, Partial<Patient>]>([
    ['the given name differs', { name: [{ family: 'Fictitious', given: ['Beth'] }] }],
    ['the number differs', { identifier: [numbered(nhsNumber(17), '02')], gender: 'other' }],
    ['there is no date of birth', { birthDate: undefined, gender: 'other' }],
  ])('changes nothing where that is not known for sure, and its sender reads so: %s', async (_, change) => {
    const identifier = [numbered(nhsNumber(18), '04')];
    const first = validation({ identifier, name: [{ family: 'Fictitious', given: ['Ann'] }], gender: 'female' });
    const { id, request } = await told(first);
    const known = await actors.read<Patient>('practice', `Patient/${id}`);
    const { remarks } = await told(updating(first, request, change));
    expect(remarks.filter(isOfRecord)).toHaveLength(1);
    expect(await actors.read<Patient>('practice', `Patient/${id}`)).toEqual(known);
  });

  it('is linked by nobody to a record that is not shown to who writes', async () => {
    const theirs = await actors.create<Patient>('integrator', { resourceType: 'Patient' });
    const own = await actors.create<Patient>('practice', { resourceType: 'Patient' });
    const link = [{ type: 'seealso' as const, other: { reference: `Patient/${theirs.id ?? ''}` } }];
    const refused = [
      await actors.put<Patient>('practice', { ...own, link }),
      await actors.post('practice', { resourceType: 'Patient', link }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([422, 422]);
  });
});

/** The record and the referral that a message speaks of, and what it was answered beside. */
async function told(message: Bundle): Promise<{ id: string; request: string; remarks: unknown[] }> {
  const answer = await sendMessage(world, message);
  if (answer.status !== 200) throw new Error(answer.text);
  const request = await actors.read<ServiceRequest>('practice', `ServiceRequest/${idIn(answer, 'ServiceRequest')}`);
  const id = request.subject.reference?.replace('Patient/', '') ?? '';
  return { id, request: request.id ?? '', remarks: remarksIn(answer.body) };
}

/** A validation is what an update may change. */
function validation(person: Partial<Patient>): Bundle {
  const coding = [
    { system: 'https://fhir.nhs.uk/CodeSystem/message-category-servicerequest', code: 'validation' },
    { system: 'https://ginnel.org.uk/fhir/CodeSystem/referral-use-case', code: 'vcse' },
  ];
  const occurrencePeriod = { start: '2026-11-23T09:00:00Z', end: '2026-11-23T09:20:00Z' };
  const message = messageFor(({ patient, request, add }) => {
    Object.assign(patient, person);
    Object.assign(request, { category: [{ coding }], occurrencePeriod });
    add({ resourceType: 'Location', name: 'a place' });
  });
  for (const { resource } of message.entry ?? []) {
    if (resource?.resourceType === 'Encounter') Object.assign(resource, { status: 'triaged' });
    if (resource?.resourceType === 'CarePlan') Object.assign(resource, { status: 'active' });
  }
  return message;
}

/** The same later, with another word of the person. */
function updating(message: Bundle, id: string, patient: Partial<Patient>): Bundle {
  const later = { ...message, id: randomUUID(), timestamp: new Date(Date.now() + 1_000).toISOString() };
  return changedExample(later, { header: reason('update'), request: { id }, patient });
}

function isOfRecord(remark: unknown): boolean {
  return String(remark).includes('nothing of the record was changed');
}

function remarksIn({ entry = [] }: Bundle): unknown[] {
  const outcome = entry.find(({ resource }) => resource?.resourceType === 'OperationOutcome')?.resource;
  return ((outcome as OperationOutcome | undefined)?.issue ?? []).map(({ diagnostics }) => diagnostics);
}

function numbered(value: string, code: string) {
  const coding = [{ system: 'https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland', code }];
  const url = 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus';
  const extension = [{ url, valueCodeableConcept: { coding } }];
  return { extension, system: 'https://fhir.nhs.uk/Id/nhs-number', value };
}
