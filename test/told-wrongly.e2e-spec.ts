import { randomUUID } from 'node:crypto';
import type { DocumentReference, Encounter, OperationOutcome, Patient, Task } from 'fhir/r4';
import type { CloudEvent } from '#events';
import { OnPatientDied } from '../apps/referral/src/events/on-patient-died.js';
import { TurnActors, type Values } from './task-turns.js';
import { startWorld, type World } from './world.js';

const khl = 'provider-khl';

/** What nobody could have done, or nobody may open: it is refused, and nothing of it is kept. */
describe('what a provider tells wrongly', () => {
  let world: World;
  const actors = new TurnActors(() => world);

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.stop();
  });

  const asked = (part: string, operation: string, values: Values) =>
    actors.operate<Encounter | Task | OperationOutcome>(khl, part, operation, { values });
  const inAYear = (): string => new Date(Date.now() + 365 * 86_400_000).toISOString();
  const phone = { channel: { valueCode: 'phone' } };

  it('is no contact: one to come, by a channel or with a result that nobody knows, of somebody who was not reached', async () => {
    const { part } = await actors.refer('staying-steady');
    const green = { readiness: { valueCode: 'green' } };
    const wrong: Values[] = [
      { ...phone, ...green, occurredAt: { valueDateTime: inAYear() } },
      { channel: { valueCode: 'pigeon' }, ...green },
      { ...phone, result: { valueCode: 'noanswer' } },
      { ...phone, ...green, result: { valueCode: 'no-answer' } },
      { ...phone, ...green, minutes: { valuePositiveInt: 2_147_483_647 } },
    ];
    for (const values of wrong) expect((await asked(part, 'record-contact', values)).status).toBe(422);
    expect((await actors.read<Task>(khl, `Task/${part}`)).status).toBe('requested');
  });

  it('is no start of a day to come, no wait below nothing, and no more sessions than there were', async () => {
    const { part } = await actors.refer('staying-steady');
    const wait = { expectedWait: { valueDuration: { value: -6, unit: 'weeks' } }, review: { valueDate: '2030-01-01' } };
    expect((await asked(part, 'waitlist', { ...wait, note: { valueString: 'Soon.' } })).status).toBe(422);
    await actors.done(khl, part, 'accept');
    expect((await asked(part, 'start', { date: { valueDateTime: inAYear() } })).status).toBe(422);
    await actors.done(khl, part, 'start', { date: { valueDateTime: new Date().toISOString() } });
    const sessions = { offered: { valueUnsignedInt: 2 }, attended: { valueUnsignedInt: 5 } };
    expect((await asked(part, 'complete', { needMet: { valueCode: 'fully' }, ...sessions })).status).toBe(422);
    expect((await actors.read<Task>(khl, `Task/${part}`)).status).toBe('in-progress');
  });

  it('keeps no place until a day that is over, and what two people say in the same words twice', async () => {
    const { part } = await actors.refer('staying-steady');
    const wait = {
      expectedWait: { valueDuration: { value: 6, unit: 'weeks' } },
      review: { valueDate: inAYear().slice(0, 10) },
    };
    const said = { ...wait, note: { valueString: 'After the holidays.' } };
    const by = (name: string) => ({ author: { valueReference: { reference: `Practitioner/${name}` } } });
    await actors.done(khl, part, 'waitlist', { ...said, ...by('ann') });
    await actors.done(khl, part, 'waitlist', { ...said, ...by('ann') });
    await actors.done(khl, part, 'waitlist', { ...said, ...by('bob') });
    const { note = [] } = await actors.read<Task>(khl, `Task/${part}`);
    expect(note.map(({ authorReference }) => authorReference?.reference)).toEqual([
      'Practitioner/ann',
      'Practitioner/bob',
    ]);
    expect((await asked(part, 'offer-place', { replyBy: { valueDate: '2020-01-01' } })).status).toBe(422);
    expect((await asked(part, 'offer-place', { replyBy: { valueDate: inAYear().slice(0, 10) } })).status).toBe(200);
  });

  it('is no death any more, once the record was corrected, also where it is heard late', async () => {
    const referral = await actors.refer('staying-steady');
    const patient = await actors.read<Patient>('practice', `Patient/${referral.patient}`);
    const died: CloudEvent<Patient> = {
      ...{ specversion: '1.0', datacontenttype: 'application/fhir+json', source: '/ginnel/referral' },
      ...{ id: randomUUID(), type: 'patient-updated.v1', time: new Date().toISOString() },
      ...{ subject: `Patient/${referral.patient}/_history/1`, sequence: 1, audience: '', correlationid: randomUUID() },
      data: { ...patient, deceasedBoolean: true },
    };
    await world.running.app.get(OnPatientDied, { strict: false }).handle(died);
    expect((await actors.read<Task>(khl, `Task/${referral.part}`)).status).toBe('requested');
  });

  it('is no address of content that acts or holds the content itself', async () => {
    const { patient, request } = await actors.refer('staying-steady');
    const document: DocumentReference = {
      resourceType: 'DocumentReference',
      status: 'current',
      subject: { reference: `Patient/${patient}` },
      context: { related: [{ reference: `ServiceRequest/${request}` }] },
      content: [{ attachment: { url: 'javascript:alert(1)' } }],
    };
    expect((await actors.post(khl, document)).status).toBe(422);
    const elsewhere = [{ attachment: { url: 'https://records.example/letter.pdf' } }];
    expect((await actors.post(khl, { ...document, content: elsewhere })).status).toBe(201);
  });
});
