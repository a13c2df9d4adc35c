import type { Condition, Consent, Encounter, FhirResource, Flag, Goal, ServiceRequest, Task } from 'fhir/r4';
import { eventually } from './eventually.js';
import { messageFor, takeMessage } from './messages.js';
import { placeOf } from './outcome-actors.js';
import { type As, type Referral, ReferralActors } from './referral-actors.js';
import { startWorld, type World } from './world.js';

const first: As = 'provider-khl';
const second: As = 'provider-project6';
const statusReason = {
  coding: [{ system: 'https://fhir.nhs.uk/CodeSystem/dos-rejected-reasons-bars', code: '42' }],
};

describe('what was sent with a referral and is not named by it', () => {
  let world: World;
  const actors = new ReferralActors(() => world);

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.stop();
  });

  it('goes on with the referral: the next provider sees it, the first one nothing that comes after', async () => {
    const referral = await actors.refer('staying-steady');
    const [goal, visit] = [
      await actors.create('practice', goalOf(referral)),
      await actors.create('practice', visitOf(referral)),
    ];
    const onVisit: Flag = { ...flagOf(referral), encounter: { reference: placeOf(visit) } };
    const sent = [goal, visit, await actors.create('practice', onVisit)].map(placeOf);
    expect(await seenBy(first, sent)).toEqual([200, 200, 200]);
    await goOn(referral);
    expect([await seenBy(first, sent), await seenBy(second, sent)]).toEqual([
      [404, 404, 404],
      [200, 200, 200],
    ]);
    expect(await seenBy(first, versionsOf(sent))).toEqual([200, 200, 200]);
  });

  it("leaves with the first provider what is that one's own or its part's, and shows the next none of it", async () => {
    const referral = await actors.refer('staying-steady');
    const [own, named] = [
      await actors.create(first, visitOf(referral)),
      await actors.create(first, { ...conditionOf(referral), extension: [of(`ServiceRequest/${referral.request}`)] }),
    ];
    const onPart: Encounter = { ...visitOf(referral), extension: [of(`Task/${referral.part}`)] };
    const kept = [own, await actors.create('practice', onPart)].map(placeOf);
    const request = await actors.read<ServiceRequest>('practice', `ServiceRequest/${referral.request}`);
    const naming = { ...request, reasonReference: [{ reference: placeOf(named) }] };
    expect((await actors.put('practice', naming)).status).toBe(200);
    await goOn(referral);
    expect([await seenBy(first, kept), await seenBy(second, kept)]).toEqual([
      [200, 200],
      [404, 404],
    ]);
    expect([await seenBy(first, [placeOf(named)]), await seenBy(second, [placeOf(named)])]).toEqual([[200], [200]]);
  });

  it('is seen no more, in no version, by who was asked by mistake; nor is what others hung there and on its part', async () => {
    const referral = await actors.refer('staying-steady');
    expect((await actors.ask(referral, 'games-cafe')).status).toBe(201);
    const own = placeOf(await actors.create(first, visitOf(referral)));
    const onPart: Encounter = { ...visitOf(referral), extension: [of(`Task/${referral.part}`)] };
    const hung = [
      await actors.create('practice', goalOf(referral)),
      await actors.create(second, { ...conditionOf(referral), extension: [of(`ServiceRequest/${referral.request}`)] }),
      await actors.create('practice', onPart),
    ].map(placeOf);
    expect(await seenBy(first, hung)).toEqual([200, 200, 200]);
    const mistaken = await actors.move('practice', referral.part, { status: 'entered-in-error' });
    expect(mistaken.status).toBe(200);
    await eventually(
      () => seenBy(first, [...hung, ...versionsOf(hung)]),
      (statuses) => statuses.every((status) => status === 404),
    );
    expect([await seenBy(first, [own]), await seenBy('practice', hung)]).toEqual([[200], [200, 200, 200]]);
  });

  it('stays with who knows the person by another referral where that shows it', async () => {
    const patient = await actors.person();
    const condition = await actors.create('practice', conditionOf({ patient }));
    const reasonReference = [{ reference: placeOf(condition) }];
    await actors.refer('chair-yoga', patient, { reasonReference });
    const referral = await actors.refer('staying-steady', patient, { reasonReference });
    const hung = await actors.create('practice', goalOf(referral));
    await goOn(referral);
    expect(await seenBy(first, [placeOf(condition), placeOf(hung)])).toEqual([200, 404]);
  });

  describe('by a message', () => {
    it('goes on with the referral', async () => {
      const { referral, records } = await sentByMessage();
      expect(new Set(await seenBy(first, records))).toEqual(new Set([200]));
      await goOn(referral);
      expect([new Set(await seenBy(first, records)), new Set(await seenBy(second, records))]).toEqual([
        new Set([404]),
        new Set([200]),
      ]);
    });

    it('is seen no more, in no version, by who was asked by mistake', async () => {
      const { referral, records } = await sentByMessage();
      const request = await actors.read<ServiceRequest>('practice', `ServiceRequest/${referral.request}`);
      expect((await actors.put('practice', { ...request, status: 'entered-in-error' })).status).toBe(200);
      await eventually(
        () => seenBy(first, [...records, ...versionsOf(records)]),
        (statuses) => statuses.every((status) => status === 404),
      );
      expect(new Set(await seenBy('practice', records))).toEqual(new Set([200]));
    });
  });

  const seenBy = (as: As, places: readonly string[]) => Promise.all(places.map((place) => actors.statusOf(as, place)));

  async function goOn(referral: Referral): Promise<void> {
    const rejected = await actors.move(first, referral.part, { status: 'rejected', statusReason });
    const next = await actors.ask(referral, 'games-cafe');
    expect([rejected.status, next.status]).toEqual([200, 201]);
  }

  /** A referral with records that its ServiceRequest does not name, one of them about a place; the promised Encounter among them. */
  async function sentByMessage(): Promise<{ referral: Referral; records: string[] }> {
    const message = messageFor(({ add, patientUrl }) => {
      const subject = { reference: patientUrl };
      const place = add({ resourceType: 'Location', name: 'an invented corner' });
      add({ ...flagOf({ patient: '' }), subject });
      add({ ...flagOf({ patient: '' }), subject: { reference: place } });
      add({ resourceType: 'AllergyIntolerance', patient: subject, clinicalStatus: clinically('active') });
      add({ resourceType: 'MedicationStatement', status: 'active', subject, medicationCodeableConcept: { text: 'x' } });
      add(consentOf(patientUrl));
    });
    const { body } = await takeMessage(world, message);
    const taken = (body.entry ?? []).flatMap(({ resource }) => (resource ? [resource as FhirResource] : []));
    const idOf = (type: string) => taken.find(({ resourceType }) => resourceType === type)?.id ?? '';
    const types = ['Flag', 'AllergyIntolerance', 'MedicationStatement', 'Consent', 'Encounter'];
    const records = taken.filter(({ resourceType }) => types.includes(resourceType)).map(placeOf);
    expect(records.length).toBeGreaterThan(6);
    const [patient, request] = [idOf('Patient'), idOf('ServiceRequest')];
    const tasks = await actors.search<Task>('practice', `Task?focus=ServiceRequest/${request}`);
    const [parent, part] = [false, true].map(
      (is) => tasks.find(({ partOf }) => (partOf !== undefined) === is)?.id ?? '',
    );
    return { referral: { patient, request, parent: parent ?? '', part: part ?? '' }, records };
  }
});

function versionsOf(places: readonly string[]): string[] {
  return places.map((place) => `${place}/_history/1`);
}

function of(reference: string) {
  return { url: 'https://practice.example/StructureDefinition/of', valueReference: { reference } };
}

function goalOf({ patient, request }: Referral): Goal {
  return {
    resourceType: 'Goal',
    lifecycleStatus: 'active',
    description: { text: 'Invented' },
    subject: { reference: `Patient/${patient}` },
    addresses: [{ reference: `ServiceRequest/${request}` }],
  };
}

function visitOf({ patient, request }: Referral): Encounter {
  return {
    resourceType: 'Encounter',
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'VR' },
    subject: { reference: `Patient/${patient}` },
    basedOn: [{ reference: `ServiceRequest/${request}` }],
  };
}

function conditionOf({ patient }: Pick<Referral, 'patient'>): Condition {
  return { resourceType: 'Condition', subject: { reference: `Patient/${patient}` }, code: { text: 'Invented' } };
}

function flagOf({ patient }: Pick<Referral, 'patient'>): Flag {
  return {
    resourceType: 'Flag',
    status: 'active',
    code: { text: 'Invented' },
    subject: { reference: `Patient/${patient}` },
  };
}

function clinically(code: string) {
  return { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code }] };
}

function consentOf(patientUrl: string): Consent {
  return {
    resourceType: 'Consent',
    status: 'active',
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'treatment' }] },
    category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
    patient: { reference: patientUrl },
    policyRule: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'OPTIN' }] },
  };
}
