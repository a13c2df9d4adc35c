import type { Bundle, OperationOutcome, Patient, ServiceRequest } from 'fhir/r4';
import { idIn, messageOf, sendMessage } from './messages.js';
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

/** The record that a message speaks of, and what it was answered beside. */
async function told(message: Bundle): Promise<{ id: string; remarks: unknown[] }> {
  const answer = await sendMessage(world, message);
  if (answer.status !== 200) throw new Error(answer.text);
  const request = await actors.read<ServiceRequest>('practice', `ServiceRequest/${idIn(answer, 'ServiceRequest')}`);
  return { id: request.subject.reference?.replace('Patient/', '') ?? '', remarks: remarksIn(answer.body) };
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
