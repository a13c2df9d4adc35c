import type { Bundle, Observation, OperationOutcome, Patient } from 'fhir/r4';
import type { Referral } from './referral-actors.js';
import { clock } from './task-turn-table.js';
import { TurnActors } from './task-turns.js';
import { startWorld, type World } from './world.js';

const system = 'https://ginnel.org.uk/fhir/CodeSystem/preference';
const answers = 'https://ginnel.org.uk/fhir/CodeSystem/preference-answer';
const khl = 'provider-khl';

describe('what a person prefers', () => {
  let world: World;
  const actors = new TurnActors(() => world);

  beforeAll(async () => {
    world = await startWorld({ now: () => clock });
  });

  afterAll(async () => {
    await world.stop();
  });

  it('is kept with who asked and when, and read by both sides in one call', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.create(khl, preference(referral, 'worker-gender', answer('female')));
    await actors.create(khl, preference(referral, 'group-gender', answer('no-preference')));
    await actors.create(khl, preference(referral, 'times', { valueString: 'Not on Fridays.' }));
    await actors.create('practice', preference(referral, 'interpreter', because('not-asked')));
    const query = `Observation?patient=${referral.patient}&code=${system}|&_sort=date`;
    const found = (await actors.search<Observation>('practice', query)).map(({ code, performer }) => [
      code.coding?.[0]?.code,
      performer?.[0]?.display,
    ]);
    expect(found).toEqual(
      expect.arrayContaining([
        ['worker-gender', 'Aisha, link worker'],
        ['group-gender', 'Aisha, link worker'],
        ['times', 'Aisha, link worker'],
        ['interpreter', undefined],
      ]),
    );
    const unasked = `Observation?patient=${referral.patient}&data-absent-reason=not-asked`;
    expect((await actors.search<Observation>(khl, unasked)).map(({ code }) => code.coding?.[0]?.code)).toEqual([
      'interpreter',
    ]);
    const same = `Observation?patient=${referral.patient}&value-concept=${answers}|no-preference`;
    expect(await actors.search(khl, same)).toHaveLength(1);
    expect(await actors.search('provider-project6', query)).toEqual([]);
  });

  it('is refused where nobody asked, or where it was made of something else', async () => {
    const referral = await actors.refer('staying-steady');
    const asked = preference(referral, 'worker-gender', answer('female'));
    const { performer, effectiveDateTime, ...guessed } = asked;
    expect([performer?.length, effectiveDateTime]).toEqual([1, '2026-11-21T10:00:00Z']);
    const other = await actors.create<Observation>(khl, asked);
    const derived = { ...asked, derivedFrom: [{ reference: `Observation/${other.id ?? ''}` }] };
    const refused = [
      await actors.post<OperationOutcome>(khl, guessed),
      await actors.post<OperationOutcome>(khl, derived),
      await actors.put<Observation | OperationOutcome>(khl, { ...other, performer: [] }),
    ];
    expect(refused.map(({ status }) => status >= 400)).toEqual([true, true, true]);
    expect((refused[0]?.body as OperationOutcome).issue.map(({ expression }) => expression?.[0])).toEqual([
      'Observation.performer',
      'Observation.effective',
    ]);
  });

  it('is filled by nothing in Ginnel: not by a contact in a language, a helper, or the end of a referral', async () => {
    const referral = await actors.refer('staying-steady');
    const before = await actors.read<Patient>('practice', `Patient/${referral.patient}`);
    await actors.done(khl, referral.part, 'accept');
    await actors.done(khl, referral.part, 'record-contact', {
      channel: { valueCode: 'phone' },
      readiness: { valueCode: 'green' },
      language: { valueCode: 'ur' },
      helper: { valueReference: { display: 'Her daughter' } },
    });
    await actors.done(khl, referral.part, 'start', { date: { valueDateTime: '2026-11-22' } });
    await actors.done(khl, referral.part, 'complete', { needMet: { valueCode: 'fully' } });
    const all = await actors.read<Bundle>(khl, `Observation?patient=${referral.patient}&_summary=count`);
    const after = await actors.read<Patient>('practice', `Patient/${referral.patient}`);
    expect([all.total, after]).toEqual([0, before]);
  });
});

function preference({ patient, request }: Referral, code: string, more: Partial<Observation>): Observation {
  const isAsked = more.dataAbsentReason === undefined;
  return {
    resourceType: 'Observation',
    status: 'final',
    code: { coding: [{ system, code }] },
    subject: { reference: `Patient/${patient}` },
    basedOn: [{ reference: `ServiceRequest/${request}` }],
    ...(isAsked ? { effectiveDateTime: '2026-11-21T10:00:00Z', performer: [{ display: 'Aisha, link worker' }] } : {}),
    ...more,
  };
}

function answer(code: string): Partial<Observation> {
  return { valueCodeableConcept: { coding: [{ system: answers, code }] } };
}

function because(code: string): Partial<Observation> {
  const reasons = 'http://terminology.hl7.org/CodeSystem/data-absent-reason';
  return { dataAbsentReason: { coding: [{ system: reasons, code }] } };
}
