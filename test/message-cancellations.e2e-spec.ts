import type { Bundle, ServiceRequest, Task } from 'fhir/r4';
import { takeBackMessage } from '#client';
import { BarsWorld, businessOf, changedExample, idIn, statusIn } from './bars-world.js';
import { messageFor, takeMessage } from './messages.js';
import { startWorld, type World } from './world.js';

const wrongPerson = {
  coding: [{ system: 'https://ginnel.org.uk/fhir/CodeSystem/referral-status-reason', code: 'wrong-person' }],
};

describe('a message that takes its referral back', () => {
  let world: World;
  const bars = new BarsWorld(() => world);

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.stop();
  });

  /** The referral of a message, which its provider is at work on where `begun`. */
  async function referred(message: Bundle, begun = true) {
    const id = idIn(await takeMessage(world, message), 'ServiceRequest');
    const serviceRequest = await bars.read<ServiceRequest>('practice', `ServiceRequest/${id}`);
    if (begun) {
      const accepted = await bars.move(await bars.part(id), { status: 'accepted' });
      await bars.move(accepted, { status: 'in-progress', executionPeriod: { start: '2026-11-01' } });
    }
    return { id, serviceRequest };
  }

  it.each([
    [
      'the extension of its status',
      {
        extension: [
          { url: 'http://hl7.org/fhir/StructureDefinition/request-statusReason', valueCodeableConcept: wrongPerson },
        ],
      },
    ],
    ['a reasonCode that says no other thing', { reasonCode: [{ text: 'knee pain' }, wrongPerson] }],
  ])('ends work on the wrong person that was begun: in %s', async (_where, request) => {
    const message = messageFor();
    const { id, serviceRequest } = await referred(message);
    const back = takeBackMessage(message, { serviceRequest, as: 'entered-in-error' });
    const answer = await bars.process('practice', changedExample(back, { request }));
    const tasks = await bars.search<Task>('practice', `Task?focus=ServiceRequest/${id}`);
    const { status } = await world.send('provider-khl', { path: `/fhir/ServiceRequest/${id}` });
    expect([answer.status, statusIn(answer, 'ServiceRequest'), tasks.map((one) => one.status)]).toEqual([
      200,
      'entered-in-error',
      ['entered-in-error', 'entered-in-error'],
    ]);
    expect([403, 404, 410]).toContain(status);
  });

  it.each([true, false])(
    'gives no reason where it says only why the service was asked for; begun: %s',
    async (begun) => {
      const message = messageFor(({ request }) => {
        request.reasonCode = [{ text: 'knee pain' }];
      });
      const { id, serviceRequest } = await referred(message, begun);
      const answer = await bars.process('practice', takeBackMessage(message, { serviceRequest, as: 'revoked' }));
      const part = await bars.part(id);
      const asking = await bars.search<Task>('practice', `Task?focus=Task/${part.id ?? ''}`);
      expect([answer.status, businessOf(part)]).toEqual([200, begun ? 'cancel-requested' : 'cancelled-by-requester']);
      expect([part.statusReason, asking.map(({ reasonCode }) => reasonCode)]).toEqual([
        undefined,
        begun ? [undefined] : [],
      ]);
    },
  );

  it.each([
    ['an hour ahead', 60],
    ['years ahead', 60 * 24 * 365 * 9],
  ])('is not too old where the one that referred was stamped %s', async (_when, minutes) => {
    const message = { ...messageFor(), timestamp: new Date(Date.now() + minutes * 60_000).toISOString() };
    const { id, serviceRequest } = await referred(message, false);
    const answer = await bars.process('practice', takeBackMessage(message, { serviceRequest, as: 'revoked' }));
    const { status } = await bars.read<ServiceRequest>('practice', `ServiceRequest/${id}`);
    expect([answer.status, status]).toEqual([200, 'revoked']);
  });

  it('names the one organisation that it was sent with', async () => {
    const message = messageFor();
    const receiver = message.entry?.findLast(({ resource }) => resource?.resourceType === 'Organization');
    const plain = JSON.parse(
      JSON.stringify({ ...message, entry: message.entry?.filter((each) => each !== receiver) }).replace(
        `,"receiver":{"reference":"${receiver?.fullUrl ?? ''}"}`,
        '',
      ),
    ) as Bundle;
    const { serviceRequest } = await referred(plain, false);
    const answer = await bars.process('practice', takeBackMessage(plain, { serviceRequest, as: 'revoked' }));
    expect([answer.status, statusIn(answer, 'ServiceRequest')]).toEqual([200, 'revoked']);
  });
});
