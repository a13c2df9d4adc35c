import type { Appointment, Bundle, Communication, Device, Flag, OperationOutcome, Schedule, Slot, Task } from 'fhir/r4';
import { newActivity } from './directory-actors.js';
import type { Referral } from './referral-actors.js';
import { clock } from './task-turn-table.js';
import { businessOf, extension, parameters, TurnActors } from './task-turns.js';
import { startWorld, type World } from './world.js';

const base = 'https://ginnel.org.uk/fhir';
const khl = 'provider-khl';
const minuteMs = 60_000;
const after = (minutes: number) => new Date(clock.getTime() + minutes * minuteMs);
const during = { start: after(30).toISOString(), end: after(90).toISOString() };
const owner = { reference: 'Organization/keighley-healthy-living' };

describe('what is kept of the work', () => {
  let world: World;
  let now = clock;
  const actors = new TurnActors(() => world);

  beforeAll(async () => {
    world = await startWorld({ now: () => now });
  });

  afterAll(async () => {
    await world.stop();
  });

  it('is the kit that is lent: whose, with whom, until when, and what became of it', async () => {
    const referral = await actors.refer('staying-steady');
    const lent = await actors.create<Device>(khl, loan(referral, 'tablet-7'));
    await actors.create<Device>(khl, loan(referral, 'tablet-8'));
    const out = 'Device?organization=Organization/keighley-healthy-living&loan-state=out&_sort=loan-due';
    const withWhom = await actors.search<Device>(khl, `${out}&_include=Device:patient`);
    expect(withWhom.map((one) => one.resourceType)).toEqual(expect.arrayContaining(['Device', 'Patient']));
    const returned = {
      ...lent,
      extension: [...loanSays('returned'), extension('loan-ended', { valueDate: '2026-12-01' })],
    };
    expect((await actors.put(khl, returned)).status).toBe(200);
    expect((await actors.search<Device>(khl, out)).map(({ serialNumber }) => serialNumber)).toEqual(['tablet-8']);
    const late = await actors.search<Device>(khl, `${out}&loan-due=lt2027-01-01`);
    expect(late.map(({ serialNumber }) => serialNumber)).toEqual(['tablet-8']);
    expect(await actors.search('provider-project6', out)).toEqual([]);
  });

  it('is no loan where it leaves out who has it, or until when', async () => {
    const referral = await actors.refer('staying-steady');
    const { patient, ...nobody } = loan(referral, 'tablet-9');
    expect(patient?.reference).toBe(`Patient/${referral.patient}`);
    const half = { ...nobody, extension: [...loanSays('out')] };
    const answer = await actors.post<OperationOutcome>(khl, half);
    expect([answer.status, answer.body.issue.map(({ expression }) => expression?.[0])]).toEqual([
      422,
      ['Device.patient', 'Device.extension'],
    ]);
    expect((await actors.post(khl, { ...loan(referral, 'x'), extension: loanSays('lost') })).status).toBe(422);
  });

  it('is what was given to keep', async () => {
    const { patient, request } = await actors.refer('staying-steady');
    await actors.create<Communication>(khl, {
      resourceType: 'Communication',
      status: 'completed',
      category: [{ coding: [{ system: `${base}/CodeSystem/communication-category`, code: 'kit-given' }] }],
      subject: { reference: `Patient/${patient}` },
      basedOn: [{ reference: `ServiceRequest/${request}` }],
      sent: '2026-11-20T10:00:00Z',
      payload: [{ contentString: 'Resistance band, 2; craft box, 1' }],
    });
    expect(await actors.search('practice', `Communication?patient=${patient}&category=kit-given`)).toHaveLength(1);
    const task = await actors.search<Task>('practice', `Task?focus=ServiceRequest/${request}&part-of:missing=false`);
    expect(task.map(businessOf)).toEqual(['sent']);
  });

  it('is who came to a session and who did not, in one call', async () => {
    const slot = await sessionFor(3);
    const [came, missed, early] = await Promise.all([booked(slot), booked(slot), booked(slot, false)]);
    now = after(120);
    const values = {
      slot: ref('Slot', slot),
      attended: [ref('Appointment', came.appointment)],
      missed: [ref('Appointment', missed.appointment), ref('Appointment', early.appointment)],
      concern: [ref('Appointment', missed.appointment)],
    };
    const answer = await record(values);
    expect([answer.status, answer.body.type]).toEqual([200, 'transaction-response']);
    const tasks = await Promise.all([came, missed, early].map(({ part }) => actors.read<Task>(khl, `Task/${part}`)));
    expect(tasks.map((task) => [task.status, businessOf(task)])).toEqual([
      ['in-progress', 'session-recorded'],
      ['in-progress', 'dna'],
      ['accepted', 'dna'],
    ]);
    const [flag] = await actors.search<Flag>('practice', `Flag?patient=${missed.patient}`);
    expect(flag?.category?.[0]?.coding?.[0]?.code).toBe('SG');
    const count = async (status: string, { request }: Referral) =>
      (await actors.read<Bundle>(khl, `Appointment?based-on=ServiceRequest/${request}&status=${status}&_summary=count`))
        .total;
    expect([await count('fulfilled', came), await count('noshow', missed), await count('noshow', came)]).toEqual([
      1, 1, 0,
    ]);
    const versions = tasks.map(({ meta }) => meta?.versionId);
    expect((await record(values)).status).toBe(200);
    const again = await Promise.all([came, missed, early].map(({ part }) => actors.read<Task>(khl, `Task/${part}`)));
    expect(again.map(({ meta }) => meta?.versionId)).toEqual(versions);
    expect(await actors.search('practice', `Flag?patient=${missed.patient}`)).toHaveLength(1);
  });

  it('is of those for whom that session was the start, and told again after other turns it is no other', async () => {
    now = clock;
    const slot = await sessionFor(1);
    const { part, appointment } = await booked(slot, false);
    now = after(120);
    await actors.done(khl, part, 'start', { date: { valueDateTime: during.start } });
    const values = { slot: ref('Slot', slot), attended: [ref('Appointment', appointment)] };
    expect((await record(values)).status).toBe(200);
    const told = await actors.read<Task>(khl, `Task/${part}`);
    expect(businessOf(told)).toBe('session-recorded');
    now = after(180);
    const missed = await actors.done(khl, part, 'did-not-attend', {
      occurredAt: { valueDateTime: after(170).toISOString() },
    });
    expect((await record(values)).status).toBe(200);
    expect(await actors.read<Task>(khl, `Task/${part}`)).toEqual(missed);
  });

  it('is told to the part of that activity, where one provider has two of a referral', async () => {
    now = clock;
    const second = await newActivity(actors, {});
    const [slot, person] = [await sessionFor(1, second), await referred()];
    const asked = await actors.ask(person, second);
    await actors.done(khl, asked.body.id ?? '', 'accept');
    const appointment = await bookedIn(slot, person);
    now = after(120);
    await record({ slot: ref('Slot', slot), missed: [ref('Appointment', appointment)] });
    const tasks = await Promise.all(
      [person.part, asked.body.id].map((id) => actors.read<Task>(khl, `Task/${id ?? ''}`)),
    );
    expect(tasks.map(businessOf)).toEqual(['started', 'dna']);
  });

  it('leaves somebody who waits for a place on the waiting list, and is said once', async () => {
    now = clock;
    const [slot, person] = [await sessionFor(1), await referred(false)];
    await actors.done(khl, person.part, 'waitlist', {
      expectedWait: { valueDuration: { value: 3, unit: 'weeks', system: 'http://unitsofmeasure.org', code: 'wk' } },
      review: { valueDate: '2026-12-20' },
      note: { valueString: 'Comes to a taster meanwhile.' },
    });
    const appointment = await bookedIn(slot, person);
    now = after(120);
    const missed = { slot: ref('Slot', slot), missed: [ref('Appointment', appointment)] };
    const said = { occurredAt: { valueDateTime: after(100).toISOString() } };
    const states: (string | undefined)[] = [];
    for (const tell of [() => record(missed), () => actors.done(khl, person.part, 'did-not-attend', said)]) {
      for (let times = 0; times < 2; times++) {
        await tell();
        const { meta, ...task } = await actors.read<Task>(khl, `Task/${person.part}`);
        states.push(`${task.status}/${businessOf(task) ?? ''} ${meta?.versionId ?? ''}`);
      }
    }
    const [, first = ''] = states[0]?.split(' ') ?? [];
    const second = String(Number(first) + 1);
    expect(states).toEqual([first, first, second, second].map((version) => `accepted/waitlisted ${version}`));
  });

  it("is nobody else's to say, and of one session only; then nothing is written", async () => {
    const [slot, other] = [await sessionFor(2), await sessionFor(1)];
    const [one, stranger] = [await booked(slot), await booked(other)];
    const mixed = {
      slot: ref('Slot', slot),
      attended: [ref('Appointment', one.appointment), ref('Appointment', stranger.appointment)],
    };
    const own = { slot: ref('Slot', slot), attended: [ref('Appointment', one.appointment)] };
    const statuses = [
      (await record(mixed)).status,
      (await record(own, 'provider-project6')).status,
      (await record(own, 'practice')).status,
      (await record({ slot: ref('Slot', slot) })).status,
    ];
    expect(statuses).toEqual([422, 422, 403, 400]);
    const appointment = await actors.read<Appointment>(khl, `Appointment/${one.appointment}`);
    expect(appointment.status).toBe('booked');
  });

  it('takes back no end that is told at the same moment', async () => {
    now = clock;
    const slot = await sessionFor(8);
    const people = await Promise.all(Array.from({ length: 8 }, () => booked(slot)));
    now = after(120);
    const attended = people.map(({ appointment }) => ref('Appointment', appointment));
    const [answer, ...ended] = await Promise.all([
      record({ slot: ref('Slot', slot), attended }),
      ...people.map(({ part }) => actors.complete(khl, part)),
    ]);
    const statuses = people.map(async ({ part }) => (await actors.read<Task>(khl, `Task/${part}`)).status);
    expect([200, 409, 412]).toContain(answer.status);
    expect(await Promise.all(statuses)).toEqual(
      ended.map(({ status }) => (status === 200 ? 'completed' : 'in-progress')),
    );
  });

  function record(values: Parameters<typeof parameters>[0], as: 'practice' | 'provider-project6' | typeof khl = khl) {
    const path = '/fhir/Appointment/$record-attendance';
    return world.send<Bundle>(as, { method: 'POST', path, body: parameters(values) });
  }

  async function sessionFor(places: number, activity = 'staying-steady'): Promise<string> {
    const schedule = await actors.create<Schedule>(khl, {
      resourceType: 'Schedule',
      actor: [{ reference: `HealthcareService/${activity}` }],
    });
    const slot = await actors.create<Slot>(khl, {
      resourceType: 'Slot',
      schedule: { reference: `Schedule/${schedule.id ?? ''}` },
      status: 'free',
      ...during,
      extension: [extension('places', { valuePositiveInt: places })],
    });
    return slot.id ?? '';
  }

  async function booked(slot: string, isStarted = true): Promise<Referral & { appointment: string }> {
    const referral = await referred(isStarted);
    return { ...referral, appointment: await bookedIn(slot, referral) };
  }

  async function referred(isStarted = true): Promise<Referral> {
    const referral = await actors.refer('staying-steady');
    await actors.done(khl, referral.part, 'accept');
    if (isStarted) await actors.done(khl, referral.part, 'start', { date: { valueDateTime: '2026-11-10' } });
    return referral;
  }

  async function bookedIn(slot: string, { request, patient }: Referral): Promise<string> {
    const appointment = await actors.create<Appointment>(khl, {
      resourceType: 'Appointment',
      status: 'booked',
      ...during,
      slot: [{ reference: `Slot/${slot}` }],
      basedOn: [{ reference: `ServiceRequest/${request}` }],
      participant: [{ actor: { reference: `Patient/${patient}` }, status: 'accepted' }],
    });
    return appointment.id ?? '';
  }
});

function ref(type: string, id: string) {
  return { valueReference: { reference: `${type}/${id}` } };
}

function loanSays(code: string) {
  const coding = [{ system: `${base}/CodeSystem/loan-state`, code }];
  return [extension('loan-state', { valueCodeableConcept: { coding } })];
}

function loan({ patient, part }: Referral, serialNumber: string): Device {
  return {
    resourceType: 'Device',
    status: 'active',
    serialNumber,
    deviceName: [{ name: 'Tablet', type: 'user-friendly-name' }],
    owner,
    patient: { reference: `Patient/${patient}` },
    extension: [
      ...loanSays('out'),
      extension('loan-due', { valueDate: '2026-12-20' }),
      extension('record-task', { valueReference: { reference: `Task/${part}` } }),
    ],
  };
}
