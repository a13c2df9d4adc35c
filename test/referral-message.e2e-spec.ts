import { randomUUID } from 'node:crypto';
import type { Bundle, MedicationStatement, QuestionnaireResponse, ServiceRequest } from 'fhir/r4';
import { inventedMessage } from '../apps/sandbox/src/story/invented-message.js';
import { eventually } from './eventually.js';
import { remarks } from './bars-world.js';
import { idIn, messageFor, takeMessage } from './messages.js';
import { startWorld, type World } from './world.js';

describe('a referral that comes as a message', () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.stop();
  });

  it("of a person whom the practice sent before is in the same record of the practice's own", async () => {
    const send = async () => {
      const message = inventedMessage({ newId: randomUUID, now: new Date(), service: '2000099911' });
      const text = JSON.stringify(message).replace(
        '"resourceType":"Patient",',
        `"resourceType":"Patient","identifier":[${nhsNumber}],`,
      );
      const headers = { 'x-request-id': randomUUID(), 'x-correlation-id': randomUUID() };
      const answer = await world.send<Bundle>('practice', {
        method: 'POST',
        path: '/fhir/$process-message',
        body: text,
        headers,
      });
      return answer.body.entry?.find(({ resource }) => resource?.resourceType === 'Patient')?.resource?.id;
    };
    const [first, second] = [await send(), await send()];
    expect([first !== undefined, second]).toEqual([true, first]);
  });

  it('keeps a practitioner whom the directory does not know with the wish', async () => {
    const message = inventedMessage({ newId: randomUUID, now: new Date(), service: '2000099911' });
    const headers = { 'x-request-id': randomUUID(), 'x-correlation-id': randomUUID() };
    const answer = await world.send<Bundle>('practice', {
      method: 'POST',
      path: '/fhir/$process-message',
      body: message,
      headers,
    });
    const id =
      answer.body.entry?.find(({ resource }) => resource?.resourceType === 'ServiceRequest')?.resource?.id ?? '';
    const { body: wish } = await world.send<ServiceRequest>('provider-khl', { path: `/fhir/ServiceRequest/${id}` });
    const contained = wish.contained?.map((one) => one.resourceType);
    expect([wish.requester?.reference, contained, wish.performer?.[0]?.reference]).toEqual([
      '#sent-1',
      ['PractitionerRole', 'Practitioner'],
      'HealthcareService/staying-steady',
    ]);
  });

  it('keeps a service with the wish of whose number the directory has two, and is taken', async () => {
    const identifier = [{ system: 'https://supplier.example/Id/service', value: '100' }];
    const providedBy = { reference: 'Organization/keighley-healthy-living' };
    for (const name of ['Walks', 'Talks']) {
      const body = { resourceType: 'HealthcareService', active: true, identifier, name, providedBy };
      expect((await world.send('integrator', { method: 'POST', path: '/fhir/HealthcareService', body })).status).toBe(
        201,
      );
    }
    const sent = async () => {
      const message = messageFor(({ add, request }) => {
        request.performer = [{ reference: add({ resourceType: 'HealthcareService', identifier, name: 'Theirs' }) }];
      });
      const path = `/fhir/ServiceRequest/${idIn(await takeMessage(world, message), 'ServiceRequest')}`;
      return (await world.send<ServiceRequest>('provider-khl', { path })).body;
    };
    // Until the directory's second one is followed, the first is the only one.
    const wish = await eventually(sent, ({ performer = [] }) => performer[0]?.reference?.startsWith('#') === true);
    const theirs = wish.contained?.find(({ id }) => wish.performer?.[0]?.reference === `#${id ?? ''}`);
    expect(theirs).toMatchObject({ resourceType: 'HealthcareService', name: 'Theirs' });
  });

  it('keeps with a record what it names and nobody holds here: a medicine with its statement', async () => {
    const code = { text: 'an invented medicine' };
    const sent = await takeMessage(
      world,
      messageFor(({ add, patientUrl }) => {
        const medicationReference = { reference: add({ resourceType: 'Medication', code }) };
        add({
          resourceType: 'MedicationStatement',
          status: 'active',
          subject: { reference: patientUrl },
          medicationReference,
        });
      }),
    );
    const path = `/fhir/MedicationStatement/${idIn(sent, 'MedicationStatement')}`;
    const { body } = await world.send<MedicationStatement>('provider-khl', { path });
    expect([body.medicationReference, body.contained]).toEqual([
      { reference: '#sent-1' },
      [{ resourceType: 'Medication', id: 'sent-1', code }],
    ]);
  });

  it('brings answers to a form that is not known here as they are; their sender may withdraw them', async () => {
    const item = [{ linkId: 'nature-of-call', answer: [{ valueString: 'invented' }] }];
    const sent = await takeMessage(
      world,
      messageFor(({ add, patientUrl }) => {
        add({ resourceType: 'QuestionnaireResponse', status: 'completed', subject: { reference: patientUrl }, item });
      }),
    );
    const path = `/fhir/QuestionnaireResponse/${idIn(sent, 'QuestionnaireResponse')}`;
    const read = () => world.send<QuestionnaireResponse>('provider-khl', { path });
    const { body: kept } = await eventually(read, ({ status }) => status === 200);
    expect([kept.item, kept.basedOn]).toEqual([
      item,
      [{ reference: `ServiceRequest/${idIn(sent, 'ServiceRequest')}` }],
    ]);
    const body = { ...kept, status: 'entered-in-error' };
    expect((await world.send('practice', { method: 'PUT', path, body })).status).toBe(200);
  });

  it('is told of each of its parts that the provider will not read', async () => {
    const sent = await takeMessage(
      world,
      messageFor(({ add, request, patientUrl }) => {
        const [subject, code] = [{ reference: patientUrl }, { text: 'an invented report' }];
        const named = add({ resourceType: 'DiagnosticReport', status: 'final', code, subject });
        request.supportingInfo = [{ reference: named }];
        add({ resourceType: 'DiagnosticReport', status: 'final', code, subject });
        add({ resourceType: 'DocumentReference', status: 'current', content: [{ attachment: { title: 'a letter' } }] });
      }),
    );
    expect(remarks(sent).filter((path) => path.endsWith('.resource'))).toEqual(
      [13, 14].map((at) => `Bundle.entry[${String(at)}].resource`),
    );
  });
});

/** Of the range that is never given out. */
const nhsNumber = JSON.stringify({ system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9990000018' });
