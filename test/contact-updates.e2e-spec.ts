import type { Consent, Encounter, Flag, RelatedPerson, Task } from 'fhir/r4';
import type { Referral } from './referral-actors.js';
import { businessOf, extension, TurnActors } from './task-turns.js';
import { startWorld, type World } from './world.js';

const base = 'https://ginnel.org.uk/fhir';
const khl = 'provider-khl';

describe('a contact that is updated', () => {
  let world: World;
  const actors = new TurnActors(() => world);

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.stop();
  });

  it('reaches the Task once it says how it went, and once only', async () => {
    const referral = await actors.refer('staying-steady');
    const planned = await actors.create<Encounter>(khl, plannedCall(referral));
    expect(countOf(await taskOf(referral))).toBeUndefined();
    const due = extension('contact-due', { valueDate: inDays(7) });
    const held: Encounter = { ...planned, status: 'finished', extension: [coded('readiness', 'yellow'), due] };
    expect((await actors.put(khl, held)).status).toBe(200);
    const told = await taskOf(referral);
    expect([told.status, businessOf(told), countOf(told), codesIn(told, 'readiness')]).toEqual([
      'received',
      'contacting',
      1,
      ['yellow'],
    ]);
    expect(told.extension).toContainEqual(due);
    expect((await actors.put(khl, { ...held, reasonCode: [{ text: 'To agree a first day.' }] })).status).toBe(200);
    expect(await taskOf(referral)).toEqual(told);
  });

  it('that reached nobody is an attempt, and none any more once it was a mistake', async () => {
    const referral = await actors.refer('staying-steady');
    const calls = [await actors.create<Encounter>(khl, plannedCall(referral, '2026-11-10'))];
    calls.push(await actors.create<Encounter>(khl, plannedCall(referral, '2026-11-11')));
    const tried = calls.map((call) => ({
      ...call,
      status: 'finished',
      extension: [coded('contact-result', 'no-answer')],
    }));
    for (const call of tried) expect((await actors.put(khl, call as Encounter)).status).toBe(200);
    const before = await taskOf(referral);
    expect([countOf(before), codesIn(before, 'contact-attempt')]).toEqual([2, ['phone', 'phone']]);
    const mistake = { ...tried[0], status: 'entered-in-error' } as Encounter;
    expect((await actors.put(khl, mistake)).status).toBe(200);
    const after = await taskOf(referral);
    expect([countOf(after), daysIn(after), businessOf(after)]).toEqual([1, ['2026-11-11'], 'contacting']);
    expect((await actors.put(khl, { ...mistake, reasonCode: [{ text: 'Another person.' }] })).status).toBe(200);
    expect(countOf(await taskOf(referral))).toBe(1);
  });

  it('is kept after the end of its Task, which stays as it is', async () => {
    const referral = await actors.refer('staying-steady');
    const planned = await actors.create<Encounter>(khl, plannedCall(referral));
    const ended = await actors.done(khl, referral.part, 'decline', { note: { valueString: 'Has found a choir.' } });
    const extension = [coded('contact-result', 'no-answer')];
    expect((await actors.put<Encounter>(khl, { ...planned, status: 'finished', extension })).status).toBe(200);
    expect(await taskOf(referral)).toEqual(ended);
  });

  it('is not held with whom a Consent forbids it, nor with a person who may not be contacted, and may be called off', async () => {
    const referral = await actors.refer('staying-steady');
    const subject = { reference: `Patient/${referral.patient}` };
    const planned = await actors.create<Encounter>(khl, plannedCall(referral));
    const daughter = await actors.create<RelatedPerson>(khl, {
      resourceType: 'RelatedPerson',
      patient: subject,
      extension: [
        {
          url: 'https://provider.example/StructureDefinition/of',
          valueReference: { reference: `ServiceRequest/${referral.request}` },
        },
      ],
    });
    const individual = { reference: `RelatedPerson/${daughter.id ?? ''}` };
    await actors.create<Consent>('practice', {
      resourceType: 'Consent',
      status: 'active',
      scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'treatment' }] },
      category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
      patient: subject,
      policyRule: { text: 'Said on the telephone.' },
      provision: { type: 'deny', actor: [{ role: { text: 'Daughter' }, reference: individual }] },
    });
    const withHer = await actors.put(khl, { ...planned, participant: [{ individual }] });
    expect([withHer.status, withHer.text]).toEqual([422, expect.stringContaining('A Consent of the person forbids')]);
    const system = 'http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes';
    const code = { coding: [{ system, code: 'contacting-subject-prohibited' }] };
    await actors.create<Flag>('practice', { resourceType: 'Flag', status: 'active', code, subject });
    const held = { ...planned, status: 'finished' as const, extension: [coded('readiness', 'green')] };
    const refused = await actors.put(khl, held);
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('may not be contacted')]);
    expect((await actors.put(khl, { ...planned, status: 'cancelled' })).status).toBe(200);
    expect(countOf(await taskOf(referral))).toBeUndefined();
  });

  function taskOf({ part }: Referral): Promise<Task> {
    return actors.read<Task>(khl, `Task/${part}`);
  }
});

function plannedCall({ patient, request }: Referral, day?: string): Encounter {
  return {
    resourceType: 'Encounter',
    status: 'planned',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'VR' },
    type: [{ coding: [{ system: `${base}/CodeSystem/contact-channel`, code: 'phone' }] }],
    subject: { reference: `Patient/${patient}` },
    basedOn: [{ reference: `ServiceRequest/${request}` }],
    ...(day === undefined ? {} : { period: { start: `${day}T09:00:00Z` } }),
  };
}

function coded(name: string, code: string) {
  return extension(name, { valueCodeableConcept: { coding: [{ system: `${base}/CodeSystem/${name}`, code }] } });
}

function said({ extension: all = [] }: Task, name: string) {
  return all.filter(({ url }) => url === `${base}/StructureDefinition/${name}`);
}

function countOf(task: Task): number | undefined {
  return said(task, 'contact-count')[0]?.valuePositiveInt;
}

function codesIn(task: Task, name: string): (string | undefined)[] {
  return said(task, name).map(({ valueCodeableConcept }) => valueCodeableConcept?.coding?.[0]?.code);
}

function daysIn(task: Task): (string | undefined)[] {
  return said(task, 'contact-attempt').map(({ valueCodeableConcept }) =>
    valueCodeableConcept?.extension?.[0]?.valueDateTime?.slice(0, 10),
  );
}

function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}
