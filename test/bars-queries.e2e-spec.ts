import type { CapabilityStatement, FhirResource, MessageDefinition, ServiceRequest } from 'fhir/r4';
import { offered } from './bars-bookings.js';
import { BarsWorld, barsUseCases, dos, idIn } from './bars-world.js';
import { messageOf, takeMessage } from './messages.js';
import { startWorld, type World } from './world.js';

const vcse = 'https://ginnel.org.uk/fhir/CodeSystem/referral-use-case';
const nhs = 'https://fhir.nhs.uk/MessageDefinition/bars-message-';
const own = 'https://ginnel.org.uk/fhir/MessageDefinition/';

describe('what a sender of the Booking and Referral Standard asks before and after it sends', () => {
  let world: World;
  const bars = new BarsWorld(() => world);

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.stop();
  });

  describe('which messages are taken', () => {
    const taken = async (query: string) => {
      const found = await bars.search<MessageDefinition>('practice', `MessageDefinition?${query}`);
      return found.map(({ url = '' }) => url.replace(nhs, '').replace(own, '')).sort();
    };

    it('stands in the CapabilityStatement: each as receiver, our answers as sender', async () => {
      const { messaging = [] } = await bars.read<CapabilityStatement>('practice', 'metadata');
      const supported = messaging[0]?.supportedMessage ?? [];
      const of = (mode: string) =>
        supported
          .filter((one) => one.mode === mode)
          .map(({ definition }) => definition.replace(nhs, '').replace(own, ''));
      expect(of('receiver').sort()).toEqual([
        'booking-request',
        'booking-request-cancelled',
        'referral-request-vcse',
        'referral-response-vcse',
        'servicerequest-request-cancelled',
        'servicerequest-request-referral',
        'servicerequest-request-validation',
        'servicerequest-response-referral',
        'servicerequest-response-referral-short',
        'servicerequest-response-validation-full',
        'servicerequest-response-validation-interim',
      ]);
      expect(of('sender').sort()).toEqual(['referral-response-vcse', 'servicerequest-response-referral-short']);
      expect(messaging[0]?.endpoint?.[0]?.address).toBe('http://ginnel.test/fhir/$process-message');
    });

    it('is asked by service and use case, whichever way the system is spelt', async () => {
      await bars.service('2000088001', ['a5t1']);
      const expected = [
        'servicerequest-request-cancelled',
        'servicerequest-request-referral',
        'servicerequest-response-referral',
        'servicerequest-response-referral-short',
      ];
      expect(await taken(`context=${dos}|2000088001&context=${barsUseCases}|a5t1`)).toEqual(expected);
      expect(await taken(`context=http://fhir.nhs.uk/id/dos-service-id|2000088001&context=a5t1`)).toEqual(expected);
      expect(await taken(`context=2000088001`)).toEqual(expected);
    });

    it('is none where the service does not take the use case, or there is no such service', async () => {
      await bars.service('2000088002', ['a4t1']);
      expect(await taken(`context=${dos}|2000088002&context=${barsUseCases}|a5t1`)).toEqual([]);
      expect(await taken(`context=${dos}|2000088999&context=${barsUseCases}|a5t1`)).toEqual([]);
      expect(await taken(`context=${barsUseCases}|a9t1`)).toEqual([]);
    });

    it('says for whom and for what it is', async () => {
      const query = `MessageDefinition?context=${dos}|2000099911&context=${vcse}|vcse&url=${own}referral-request-vcse`;
      const found = await bars.search<MessageDefinition>('practice', query);
      expect(found).toMatchObject([
        {
          version: '1.0.0',
          eventCoding: { code: 'servicerequest-request' },
          useContext: [
            { valueCodeableConcept: { coding: [{ system: dos, code: '2000099911' }] } },
            { valueCodeableConcept: { coding: [{ system: vcse, code: 'vcse' }] } },
          ],
        },
      ]);
    });

    it('is told without a service, too, and each is read by its id', async () => {
      expect(await taken(`context=${barsUseCases}|a4t1`)).toContain('servicerequest-request-validation');
      expect((await taken('_count=50')).length).toBe(11);
      const read = await bars.read<MessageDefinition>('practice', 'MessageDefinition/bars-message-booking-request');
      expect(read.url).toBe(`${nhs}booking-request`);
    });

    it('tells of bookings where there are sessions to be booked', async () => {
      const { service } = await offered(world, bars, '2000088003');
      expect(service).not.toBe('');
      expect(await taken('context=2000088003&context=a5t1')).toContain('booking-request');
    });
  });

  describe('a referral', () => {
    it('is found by the NHS number, by name, birth date and postcode, and by identifier', async () => {
      const person = {
        name: [{ family: 'Wrenfield', given: ['Asha'] }],
        birthDate: '1961-07-09',
        address: [{ postalCode: 'ZZ99 3WZ' }],
      };
      const message = messageOf('9990000115', person);
      const id = idIn(await takeMessage(world, message), 'ServiceRequest');
      const found = async (query: string) =>
        (await bars.search<ServiceRequest>('practice', `ServiceRequest?${query}`)).map((one) => one.id);
      const number = 'https://fhir.nhs.uk/Id/nhs-number|9990000115';
      expect(await found(`patient:identifier=${number}`)).toEqual([id]);
      expect(await found('patient:identifier=http://fhir.nhs.uk/id/nhs-number|9990000115')).toEqual([id]);
      const who = 'patient:name=Wrenfield&patient:birthdate=1961-07-09';
      expect(await found(`${who}&patient:address-postalcode=ZZ99 3WZ`)).toEqual([id]);
      expect(await found(`${who}&patient:address-postalcode=ZZ99 4WZ`)).toEqual([]);
      const others = await bars.search('provider-project6', `ServiceRequest?patient:identifier=${number}`);
      expect(others).toEqual([]);
    });

    it('is kept with its identifier systems as they are written today, and echoed as they came', async () => {
      const identifier = [{ system: 'http://fhir.nhs.uk/id/nhs-number', value: '9990000123' }];
      const answer = await takeMessage(world, messageOf('9990000123', { identifier }));
      const kept = await bars.read<FhirResource>('practice', `Patient/${idIn(answer, 'Patient')}`);
      const echoed = answer.body.entry?.find(({ resource }) => resource?.resourceType === 'Patient')?.resource;
      expect([echoed, kept]).toMatchObject([
        { identifier },
        { identifier: [{ system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9990000123' }] },
      ]);
    });
  });
});
