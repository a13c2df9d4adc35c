import type { Appointment, Bundle, Encounter, Parameters, Practitioner, RelatedPerson, Task } from 'fhir/r4';
import type { Referral } from './referral-actors.js';
import { clock } from './task-turn-table.js';
import { businessOf, TurnActors, type Values } from './task-turns.js';
import { startWorld, type World } from './world.js';

const khl = 'provider-khl';
const dayMs = 86_400_000;

/** MSK Connect: weeks of calls, a class that was full, another that fitted. */
describe('somebody for whom several activities are tried', () => {
  let world: World;
  let now = clock;
  const actors = new TurnActors(() => world);
  const day = (days: number) => new Date(clock.getTime() + days * dayMs);
  const dateOn = (days: number) => ({ valueDate: day(days).toISOString().slice(0, 10) });

  beforeAll(async () => {
    world = await startWorld({ now: () => now });
  });

  afterAll(async () => {
    await world.stop();
  });

  it('is called for weeks, finds Staying Steady full, dances instead, and every contact is in the log', async () => {
    const referral = await actors.refer('staying-steady');
    const { part } = referral;
    const [worker, daughter] = await peopleOf(referral);
    const call = async (days: number, values: Values): Promise<void> => {
      now = day(days);
      await actors.done(khl, part, 'record-contact', { channel: { valueCode: 'phone' }, worker, ...values });
    };
    const done = async (days: number, code: string, values: Values = {}): Promise<void> => {
      now = day(days);
      await actors.done(khl, part, code, values);
    };
    const helped = { helper: daughter, language: { valueCode: 'ur' } };
    await call(1, { result: { valueCode: 'no-answer' } });
    await call(2, {
      readiness: { valueCode: 'red' },
      readinessReason: { valueString: 'Cannot leave her husband alone.' },
      minutes: { valuePositiveInt: 35 },
      ...helped,
    });
    await call(4, {
      readiness: { valueCode: 'yellow' },
      nextContact: dateOn(8),
      minutes: { valuePositiveInt: 25 },
      ...helped,
    });
    await call(8, { readiness: { valueCode: 'green' }, minutes: { valuePositiveInt: 15 }, ...helped });
    await done(8, 'accept');
    await done(9, 'waitlist', {
      expectedWait: { valueDuration: { value: 8, unit: 'weeks', system: 'http://unitsofmeasure.org', code: 'wk' } },
      review: dateOn(40),
      note: { valueString: 'Staying Steady is full.' },
    });
    await done(10, 'change-activity', {
      activity: { valueReference: { reference: 'HealthcareService/ballet-be-fit' } },
      note: { valueString: 'Staying Steady is full; she would like to try Ballet-Be-Fit.' },
    });
    await call(11, { readiness: { valueCode: 'green' }, minutes: { valuePositiveInt: 10 } });
    await done(14, 'start', { date: { valueDateTime: day(14).toISOString() } });
    await done(21, 'record-session', { occurredAt: { valueDateTime: day(21).toISOString() } });
    await done(22, 'complete', { needMet: { valueCode: 'fully' }, attended: { valueUnsignedInt: 2 } });
    const task = await actors.read<Task>('practice', `Task/${part}`);
    expect([task.status, activitiesOf(task).at(-1)]).toEqual(['completed', 'HealthcareService/ballet-be-fit']);
    const { parameter = [] } = await actors.read<Parameters>(
      'practice',
      `ServiceRequest/${referral.request}/$contact-log`,
    );
    expect(parameter.slice(0, 3).map(({ valueUnsignedInt }) => valueUnsignedInt)).toEqual([5, 85, 4]);
    const log = parameter.find(({ name }) => name === 'log')?.resource as Bundle;
    const contacts = (log.entry ?? []).map(({ resource }) => resource as Encounter);
    expect(contacts.map(colourOf)).toEqual([undefined, 'red', 'yellow', 'green', 'green']);
    expect(
      contacts.every(({ participant }) => participant?.[0]?.individual?.reference === worker.valueReference.reference),
    ).toBe(true);
    const history = await actors.read<Bundle>(khl, `Task/${part}/_history?_count=100`);
    const turns = (history.entry ?? []).map(({ resource }) => businessOf(resource as Task)).reverse();
    expect([...new Set(turns)]).toEqual([
      'sent',
      'contacting',
      'accepted',
      'waitlisted',
      'activity-changed',
      'started',
      'session-recorded',
      'completed',
    ]);
    expect(await actors.search<Appointment>(khl, `Appointment?based-on=ServiceRequest/${referral.request}`)).toEqual(
      [],
    );
  });

  it('has notes that nobody else changes or takes away', async () => {
    const { part } = await actors.refer('staying-steady');
    await actors.done(khl, part, 'accept', { note: { valueString: 'Starts soon.' } });
    const before = await actors.read<Task>('practice', `Task/${part}`);
    const noted = await actors.put<Task>(khl, { ...before, note: [{ text: 'Wants a morning class.' }] });
    const texts = (noted.body.note ?? []).map(({ text, authorReference }) => [text, authorReference?.reference]);
    expect(texts).toEqual([
      ['Starts soon.', 'Organization/keighley-healthy-living'],
      ['Wants a morning class.', 'Organization/keighley-healthy-living'],
    ]);
    const forged = { text: 'We agree.', authorReference: { reference: 'Organization/worth-valley-practice' } };
    expect((await actors.put(khl, { ...noted.body, note: [...(noted.body.note ?? []), forged] })).status).toBe(422);
    const future = { text: 'Tomorrow.', time: day(100).toISOString() };
    const dated = await actors.put<Task>(khl, { ...noted.body, note: [...(noted.body.note ?? []), future] });
    expect(dated.body.note?.at(-1)?.time).toBe(now.toISOString());
  });

  async function peopleOf({ patient, request }: Referral) {
    const worker = await actors.create<Practitioner>(khl, { resourceType: 'Practitioner', active: true });
    const daughter = await actors.create<RelatedPerson>('practice', {
      resourceType: 'RelatedPerson',
      patient: { reference: `Patient/${patient}` },
      relationship: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-RoleCode', code: 'DAUC' }] }],
      extension: [
        {
          url: 'https://practice.example/StructureDefinition/of',
          valueReference: { reference: `ServiceRequest/${request}` },
        },
      ],
    });
    return [
      { valueReference: { reference: `Practitioner/${worker.id ?? ''}` } },
      { valueReference: { reference: `RelatedPerson/${daughter.id ?? ''}` } },
    ] as const;
  }
});

function activitiesOf({ input = [] }: Task): (string | undefined)[] {
  const activities = input.filter(({ type }) => type.coding?.some(({ code }) => code === 'activity') === true);
  return activities.map(({ valueReference }) => valueReference?.reference);
}

function colourOf({ extension = [] }: Encounter): string | undefined {
  const readiness = extension.find(({ url }) => url.endsWith('/readiness'));
  return readiness?.valueCodeableConcept?.coding?.[0]?.code;
}
