import type { Appointment, Schedule, Slot } from 'fhir/r4';
import { Actors, placeOf } from './outcome-actors.js';
import { extensionOf, SummaryReaders, wordsOf } from './outcome-world.js';
import { businessOf, TurnActors } from './task-turns.js';
import { startWorld, type World } from './world.js';

const khl = 'provider-khl';

let world: World;
const actors = new Actors(() => world);
const readers = new SummaryReaders(() => world, actors);
const turns = new TurnActors(() => world);

beforeAll(async () => {
  world = await startWorld();
});

afterAll(async () => {
  await world.stop();
});

describe('sessions that nobody kept as Appointments', () => {
  it('are told as not recorded, and not as none, where the provider does not say how many there were', async () => {
    const referral = await actors.refer();
    const done = (code: string, values = {}) => turns.done(khl, referral.part, code, values);
    await done('accept');
    const now = () => new Date().toISOString();
    await done('start', { date: { valueDateTime: now() } });
    const told: unknown[] = [];
    for (const code of ['record-session', 'did-not-attend', 'record-session']) {
      told.push(businessOf(await done(code, { occurredAt: { valueDateTime: now() } })));
    }
    expect(told).toEqual(['session-recorded', 'dna', 'session-recorded']);
    await done('complete', { needMet: { valueCode: 'fully' } });
    const words = wordsOf(await readers.composition(await readers.current(referral))).replace(/ +/g, ' ');
    expect(words).toContain('Staying Steady Keighley Healthy Living completed' + ' not recorded'.repeat(5));
  });
});

describe('a referral to an organisation, which names no activity', () => {
  it('has its sessions and scores told, and its summary waited for', async () => {
    const referral = await actors.refer({ performer: 'Organization/keighley-healthy-living' });
    await actors.start(referral);
    await actors.answer(referral, { at: 'baseline', authored: '2021-03-05', level: 1 });
    await actors.answer(referral, { at: 'after', authored: '2021-07-20', level: 2 });
    const session = { start: '2021-04-02T10:00:00Z', end: '2021-04-02T11:00:00Z' };
    const schedule = await actors.send<Schedule>(khl, 'POST', {
      resourceType: 'Schedule',
      actor: [{ reference: 'HealthcareService/staying-steady' }],
    });
    const slot = await actors.send<Slot>(khl, 'POST', {
      resourceType: 'Slot',
      schedule: { reference: placeOf(schedule) },
      status: 'free',
      ...session,
    });
    const appointment = await actors.send<Appointment>(khl, 'POST', {
      resourceType: 'Appointment',
      status: 'booked',
      ...session,
      slot: [{ reference: placeOf(slot) }],
      basedOn: [{ reference: `ServiceRequest/${referral.request}` }],
      participant: [{ actor: { reference: `Patient/${referral.patient}` }, status: 'accepted' }],
    });
    await actors.send(khl, 'PUT', { ...appointment, status: 'fulfilled' });
    await actors.complete(referral);
    const summary = await readers.current(referral);
    const words = wordsOf(await readers.composition(summary)).replace(/ +/g, ' ');
    expect(words).toContain('Staying Steady Keighley Healthy Living completed 1 0 0 0 02-Apr-2021 to 02-Apr-2021');
    expect(words).toMatch(/MSK-HQ total.*14 \(05-Mar-2021\) 28 \(20-Jul-2021\) \+14 \(better\)/);
    expect(extensionOf(summary, 'acknowledgement')).toEqual(['awaited']);
  });

  it('has its scores told by its answers alone', async () => {
    const referral = await actors.refer({ performer: 'Organization/keighley-healthy-living' });
    await actors.start(referral);
    await actors.answer(referral, { at: 'baseline', authored: '2021-03-05', level: 1 });
    await actors.complete(referral);
    const summary = await readers.current(referral);
    const words = wordsOf(await readers.composition(summary)).replace(/ +/g, ' ');
    expect(words).toMatch(/MSK-HQ total.*14 \(05-Mar-2021\) missing/);
    expect(extensionOf(summary, 'acknowledgement')).toEqual(['awaited']);
  });
});
