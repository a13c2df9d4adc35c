import { randomUUID } from 'node:crypto';
import type { Appointment, HealthcareService, Schedule, ServiceRequest, Slot } from 'fhir/r4';
import { booking, cancellation, offered } from './bars-bookings.js';
import { BarsWorld, businessOf, idIn, refusal, remarks, statusIn } from './bars-world.js';
import { eventually } from './eventually.js';
import { KeptRecords } from './kept-records.js';
import { messageOf, takeMessage } from './messages.js';
import { startWorld, type World } from './world.js';

describe('a session that is booked by message', () => {
  let world: World;
  const bars = new BarsWorld(() => world);

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.stop();
  });

  it('is found by service, status and time, with its Schedule and HealthcareService', async () => {
    const { service, slot } = await offered(world, bars, '2000088004');
    const day = 'start=ge2027-03-01T00:00:00Z&start=le2027-03-01T23:59:59Z';
    const include = '_include=Slot:schedule&_include=Schedule:actor:HealthcareService';
    const query = `Slot?Schedule.actor:HealthcareService=2000088004&status=free,busy&${day}&${include}`;
    const found = await bars.search<Slot | Schedule | HealthcareService>('practice', query);
    expect(found.map(({ resourceType }) => resourceType).sort()).toEqual(['HealthcareService', 'Schedule', 'Slot']);
    expect(found.map(({ id }) => id)).toEqual(expect.arrayContaining([service, slot]));
  });

  it('is booked for a person by message, once, and is the one that the provider sees', async () => {
    const { slot } = await offered(world, bars, '2000088005');
    const message = booking({ service: '2000088005', slot: slot, number: '9990000131' });
    const answer = await bars.process('practice', message);
    const appointment = await bars.read<Appointment>('provider-khl', `Appointment/${idIn(answer, 'Appointment')}`);
    expect([answer.status, appointment.status, appointment.slot, appointment.start]).toEqual([
      200,
      'booked',
      [{ reference: `Slot/${slot}` }],
      '2027-03-01T10:00:00Z',
    ]);
    const again = booking({ service: '2000088005', slot: slot, number: '9990000158' });
    expect(refusal(await bars.process('practice', again))).toBe(
      '409 REC_CONFLICT conflict Bundle.entry[2].resource.id',
    );
    expect(refusal(await bars.process('practice', { ...message }))).toBe('409 REC_CONFLICT duplicate Bundle.id');
  });

  it('contains nothing of the Slot that its message brought: who gives the session writes it back, and who came', async () => {
    const { slot } = await offered(world, bars, '2000088015');
    const answer = await bars.process('practice', booking({ service: '2000088015', slot, number: '9990000255' }));
    const place = `Appointment/${idIn(answer, 'Appointment')}`;
    const made = await bars.read<Appointment>('provider-khl', place);
    expect([made.slot, made.contained]).toEqual([[{ reference: `Slot/${slot}` }], undefined]);
    const body = { ...made, status: 'arrived' };
    expect((await world.send('provider-khl', { method: 'PUT', path: `/fhir/${place}`, body })).status).toBe(200);
  });

  it('of ten who book the last place at once, one has it', async () => {
    const { slot } = await offered(world, bars, '2000088006');
    const numbers = Array.from({ length: 10 }, (_, at) => `999000${String(2000 + at)}`);
    const answers = await Promise.all(
      numbers.map((number) => bars.process('practice', booking({ service: '2000088006', slot: slot, number }))),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 409)]);
  });

  it('belongs to the open referral of the person', async () => {
    const referred = await takeMessage(
      world,
      messageOf('9990000166', { name: [{ family: 'Fictitious' }], birthDate: '1958-04-01' }),
    );
    const { slot } = await offered(world, bars, '2000088008');
    const message = booking({
      service: '2000088008',
      slot: slot,
      number: '9990000166',
      birthDate: '1958-04-01',
    });
    const answer = await bars.process('practice', message);
    const appointment = await bars.read<Appointment>('practice', `Appointment/${idIn(answer, 'Appointment')}`);
    expect(appointment.basedOn).toEqual([{ reference: `ServiceRequest/${idIn(referred, 'ServiceRequest')}` }]);
    expect(businessOf(await bars.part(idIn(referred, 'ServiceRequest')))).toBe('sent');
  });

  it('belongs to the referral that it names, of several; where that has ended or is not here, nothing is booked', async () => {
    const person = { number: '9990000239', birthDate: '1958-04-01' };
    const known = { name: [{ family: 'Fictitious' }], birthDate: person.birthDate };
    const referred = async () => idIn(await takeMessage(world, messageOf(person.number, known)), 'ServiceRequest');
    const [, over, meant] = [await referred(), await referred(), await referred()];
    const { slot } = await offered(world, bars, '2000088013');
    const book = (basedOn: string) =>
      bars.process('practice', booking({ service: '2000088013', slot, ...person, basedOn }));
    const request = await bars.read<ServiceRequest>('practice', `ServiceRequest/${over}`);
    const path = `/fhir/ServiceRequest/${over}`;
    const ended = await world.send('practice', { method: 'PUT', path, body: { ...request, status: 'revoked' } });
    expect([ended.status, ...[await book(over), await book(randomUUID())].map(refusal)]).toEqual([
      200,
      '409 REC_CONFLICT conflict Appointment.basedOn',
      '404 REC_NOT_FOUND not-found Bundle.entry[1].resource.basedOn[0]',
    ]);
    const [here, elsewhere] = ['http://ginnel.test/fhir', 'https://elsewhere.example/fhir'];
    const byAddress = [`${here}/ServiceRequest/${over}`, `${elsewhere}/ServiceRequest/${meant}`].map(book);
    expect((await Promise.all(byAddress)).map(refusal)).toEqual([
      '409 REC_CONFLICT conflict Appointment.basedOn',
      '404 REC_NOT_FOUND not-found Bundle.entry[1].resource.basedOn[0]',
    ]);
    const booked = idIn(await book(`${here}/ServiceRequest/${meant}`), 'Appointment');
    const { basedOn } = await bars.read<Appointment>('practice', `Appointment/${booked}`);
    expect(basedOn).toEqual([{ reference: `ServiceRequest/${meant}` }]);
  });

  it('is cancelled by the identifier that its sender gave it, whatever id it has there', async () => {
    const { slot } = await offered(world, bars, '2000088014');
    const identifier = [{ system: 'https://practice.example/booking', value: randomUUID() }];
    const made = { service: '2000088014', slot, number: '9990000247', identifier };
    const id = idIn(await bars.process('practice', booking(made)), 'Appointment');
    const message = cancellation({ ...made, appointment: 'booking-7' });
    const ended = await bars.process('practice', message);
    expect([ended.status, idIn(ended, 'Appointment'), statusIn(ended, 'Appointment')]).toEqual([200, id, 'cancelled']);
    expect((await bars.read<Appointment>('practice', `Appointment/${id}`)).status).toBe('cancelled');
    expect(await new KeptRecords(world).rowsWith('referral.bundle', message.id ?? '')).toBe(1);
  });

  it('is cancelled by its requester, with reason new too; its place is free again', async () => {
    const { slot } = await offered(world, bars, '2000088009');
    const made = { service: '2000088009', slot: slot, number: '9990000174' };
    const id = idIn(await bars.process('practice', booking(made)), 'Appointment');
    const cancel = () => cancellation({ ...made, appointment: id });
    const [unknown, others] = [
      await bars.process('practice', cancellation({ ...made, appointment: randomUUID() })),
      await bars.process('integrator', cancel()),
    ];
    expect([unknown, others].map(refusal)).toEqual(
      Array.from({ length: 2 }, () => '404 REC_NOT_FOUND not-found Bundle.entry[1].resource.id'),
    );
    const ended = await bars.process('practice', cancel());
    expect([ended.status, statusIn(ended, 'Appointment'), remarks(ended)]).toEqual([
      200,
      'cancelled',
      ['sender', 'definition', 'reason'].map((element) => `Bundle.entry[0].resource.${element}`),
    ]);
    expect(refusal(await bars.process('practice', cancel()))).toBe(
      '409 REC_CONFLICT conflict Bundle.entry[1].resource.status',
    );
    expect((await bars.process('practice', booking({ ...made, number: '9990000182' }))).status).toBe(200);
  });

  it('is closed by a provider who says `busy` of one that has places left, and open again when he says `free`', async () => {
    const { slot } = await offered(world, bars, '2000088012');
    const made = { service: '2000088012', slot };
    const shown = () => bars.read<Slot>('provider-khl', `Slot/${slot}`);
    const books = async (number: string) => (await bars.process('practice', booking({ ...made, number }))).status;
    expect(await books('9990000204')).toBe(200);
    const full = await eventually(shown, ({ status }) => status === 'busy');
    const taken = full.extension ?? [];
    const places = { url: 'https://ginnel.org.uk/fhir/StructureDefinition/places', valuePositiveInt: 3 };
    const larger = await written({ ...full, extension: [places, ...taken] });
    expect([larger.status, larger.extension]).toEqual(['free', [places, ...taken]]);
    const off = await written({ ...larger, status: 'busy', extension: [places] });
    expect([off.status, off.extension, await books('9990000212')]).toEqual([
      'busy-unavailable',
      [places, ...taken],
      409,
    ]);
    expect((await written({ ...off, status: 'free' })).status).toBe('free');
    expect(await books('9990000212')).toBe(200);
  });

  /** A Slot as its provider writes it: who books the next moment books by that. */
  async function written(body: Slot): Promise<Slot> {
    const path = `/fhir/Slot/${body.id ?? ''}`;
    const answer = await world.send<Slot>('provider-khl', { method: 'PUT', path, body });
    expect(answer.status).toBe(200);
    return answer.body;
  }

  it('of another service is none of this one, and none is booked for nobody', async () => {
    const { slot } = await offered(world, bars, '2000088010');
    await bars.service('2000088011', ['a5t1']);
    const other = booking({ service: '2000088011', slot: slot, number: '9990000190' });
    expect(refusal(await bars.process('practice', other))).toBe(
      '404 REC_NOT_FOUND not-found Bundle.entry[2].resource.id',
    );
    const byProvider = booking({ service: '2000088010', slot: slot, number: '9990000190' });
    expect((await bars.process('provider-khl', byProvider)).status).toBe(403);
  });
});
