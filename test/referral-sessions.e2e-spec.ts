import type { Appointment, Bundle, Schedule, Slot } from 'fhir/r4';
import { type Referral, ReferralActors } from './referral-actors.js';
import { startWorld, type World } from './world.js';

describe('a session of a referral', () => {
  let world: World;
  const actors = new ReferralActors(() => world);

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.stop();
  });

  it('is booked by the provider alone, and seen by it and the requester alone', async () => {
    const referral = await actors.refer('staying-steady');
    expect((await actors.ask(referral, 'games-cafe')).status).toBe(201);
    expect((await actors.post('practice', sessionOf(referral))).status).toBe(403);
    const booked = await actors.create('provider-khl', sessionOf(referral));
    const place = `Appointment/${booked.id ?? ''}`;
    const statuses = await Promise.all(
      (['practice', 'provider-khl', 'provider-project6'] as const).map((as) => actors.statusOf(as, place)),
    );
    expect(statuses).toEqual([200, 200, 404]);
  });

  it('is of the person of the referral, and stays so', async () => {
    const [referral, other] = [await actors.refer('staying-steady'), await actors.refer('staying-steady')];
    const wrong = await actors.post('provider-khl', {
      ...sessionOf(referral),
      participant: sessionOf(other).participant,
    });
    const booked = await actors.create('provider-khl', sessionOf(referral));
    const moved = await actors.put('provider-khl', { ...booked, participant: sessionOf(other).participant });
    expect([wrong.status, moved.status]).toEqual([422, 422]);
  });

  it('is attended as the provider says, who may put right what was ticked wrongly', async () => {
    const booked = await actors.create('provider-khl', sessionOf(await actors.refer('staying-steady')));
    const said: [Parameters<typeof actors.put>[0], Appointment['status']][] = [
      ['practice', 'fulfilled'],
      ['provider-khl', 'noshow'],
      ['provider-khl', 'booked'],
      ['provider-khl', 'fulfilled'],
      ['provider-khl', 'noshow'],
    ];
    const statuses = [];
    for (const [as, status] of said) statuses.push((await actors.put(as, { ...booked, status })).status);
    expect(statuses).toEqual([403, 200, 422, 200, 200]);
  });

  it('may be cancelled by the requester, who changes nothing else', async () => {
    const booked = await actors.create('provider-khl', sessionOf(await actors.refer('staying-steady')));
    const cancelled: Appointment = { ...booked, status: 'cancelled' };
    const answers = [
      await actors.put('practice', { ...cancelled, description: 'Another one' }),
      await actors.put('practice', { ...cancelled, cancelationReason: { text: 'Invented' } }),
      await actors.put('provider-khl', { ...cancelled, status: 'fulfilled' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 200, 422]);
  });

  it('is at the provider to which the referral was sent, on no Slot of another', async () => {
    const [slot, referral] = [await slotWith(1), await actors.refer('games-cafe')];
    const theirs = await actors.post('provider-project6', { ...sessionOf(referral), ...on(slot) });
    expect(theirs.status).toBe(422);
    expect((await actors.ask(referral, 'staying-steady')).status).toBe(201);
    const booked = await actors.create<Appointment>('provider-khl', { ...sessionOf(referral), ...on(slot) });
    expect(booked.slot).toEqual(on(slot).slot);
  });

  it('is booked by the requester on a Slot of a provider that goes on with its referral, as by message', async () => {
    const [slot, referral] = [await slotWith(1), await actors.refer('staying-steady')];
    const free = await actors.search<Slot>(
      'practice',
      'Slot?schedule.actor=HealthcareService/staying-steady&status=free',
    );
    expect(free.map(({ id }) => id)).toContain(slot);
    const wish = { ...sessionOf(referral), ...on(slot) };
    const refused = [
      await actors.post('practice', { ...wish, status: 'fulfilled' }),
      await actors.post('practice', { ...wish, start: '2027-02-01T12:00:00Z', end: '2027-02-01T13:00:00Z' }),
      await actors.post('practice', { ...wish, ...on('nowhere') }),
      await actors.post('practice', { ...wish, basedOn: sessionOf(await actors.refer('games-cafe')).basedOn ?? [] }),
      await actors.post('provider-project6', wish),
    ];
    expect(refused.map(({ status }) => status)).toEqual([403, 422, 422, 422, 422]);
    const elsewhere = await actors.refer('games-cafe');
    expect((await actors.post('practice', { ...sessionOf(elsewhere), ...on(slot) })).status).toBe(409);
    const booked = await actors.create<Appointment>('practice', wish);
    expect(booked).toMatchObject({ status: 'booked', start: '2027-02-01T10:00:00Z', end: '2027-02-01T11:00:00Z' });
    const place = `Appointment/${booked.id ?? ''}`;
    expect([await actors.statusOf('provider-khl', place), await actors.statusOf('provider-project6', place)]).toEqual([
      200, 404,
    ]);
    expect((await actors.post('practice', wish)).status).toBe(409);
    const cancelled = await actors.put<Appointment>('practice', { ...booked, status: 'cancelled' });
    expect([cancelled.status, (await actors.post('practice', wish)).status]).toEqual([200, 201]);
    await actors.move('provider-khl', referral.part, { status: 'rejected', statusReason: reason });
    const late = await actors.post('practice', { ...wish, ...on(await slotWith(1)) });
    expect(late.status).toBe(409);
  });

  it('takes all whom one transaction books on it, or none of them where one finds no place', async () => {
    const slot = await slotWith(3);
    const appointments = async (count: number) => {
      const referrals = Array.from({ length: count }, () => actors.refer('staying-steady'));
      return (await Promise.all(referrals)).map((referral) => ({ ...sessionOf(referral), ...on(slot) }));
    };
    const statuses = [
      (await together(await appointments(2))).status,
      (await together(await appointments(2))).status,
      (await together(await appointments(1))).status,
      (await together(await appointments(1))).status,
    ];
    expect(statuses).toEqual([200, 409, 200, 409]);
    expect(await actors.search('provider-khl', `Appointment?slot=Slot/${slot}`)).toHaveLength(3);
  });

  function together(appointments: readonly Appointment[]) {
    const request = { method: 'POST', url: 'Appointment' } as const;
    const entry = appointments.map((resource) => ({ resource, request }));
    const body: Bundle = { resourceType: 'Bundle', type: 'transaction', entry };
    return world.send('provider-khl', { method: 'POST', path: '/fhir', body });
  }

  async function slotWith(places: number): Promise<string> {
    const schedule = await actors.create<Schedule>('provider-khl', {
      resourceType: 'Schedule',
      actor: [{ reference: 'HealthcareService/staying-steady' }],
    });
    const slot = await actors.create<Slot>('provider-khl', {
      resourceType: 'Slot',
      schedule: { reference: `Schedule/${schedule.id ?? ''}` },
      status: 'free',
      start: '2027-02-01T10:00:00Z',
      end: '2027-02-01T11:00:00Z',
      extension: [{ url: 'https://ginnel.org.uk/fhir/StructureDefinition/places', valuePositiveInt: places }],
    });
    return slot.id ?? '';
  }
});

const reason = { coding: [{ system: 'https://fhir.nhs.uk/CodeSystem/dos-rejected-reasons-bars', code: '40' }] };

function on(slotId: string): Pick<Appointment, 'slot'> {
  return { slot: [{ reference: `Slot/${slotId}` }] };
}

function sessionOf({ patient, request }: Referral): Appointment {
  return {
    resourceType: 'Appointment',
    status: 'booked',
    start: '2027-02-01T10:00:00Z',
    end: '2027-02-01T11:00:00Z',
    basedOn: [{ reference: `ServiceRequest/${request}` }],
    participant: [{ actor: { reference: `Patient/${patient}` }, status: 'accepted' }],
  };
}
