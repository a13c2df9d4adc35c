import { randomUUID } from 'node:crypto';
import type { Bundle, Identifier, ServiceRequest } from 'fhir/r4';
import { inventedMessage } from '../apps/sandbox/src/story/invented-message.js';
import { anew, BarsWorld, changedExample, dos, idIn, reason, refusal } from './bars-world.js';
import { activityWith } from './directory-actors.js';
import { messageOf, takeMessage } from './messages.js';
import { activity, ReferralActors } from './referral-actors.js';
import { startWorld, type World } from './world.js';

describe('a cancellation that names its referral by a business identifier', () => {
  let world: World;
  const bars = new BarsWorld(() => world);

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.stop();
  });

  const statusOf = async (id: string) => (await bars.read<ServiceRequest>('practice', `ServiceRequest/${id}`)).status;
  const identified = (identifier: Identifier): Bundle =>
    changedExample(messageOf('9990000182'), { request: { identifier: [identifier] } });
  const cancelling = (message: Bundle): Bundle =>
    changedExample(anew(message), { header: reason('update'), request: { status: 'revoked' } });

  it('finds it in the spelling that both messages have', async () => {
    const message = identified({ system: 'http://fhir.nhs.uk/Id/ubrn', value: randomUUID() });
    const id = idIn(await takeMessage(world, message), 'ServiceRequest');
    const answer = await bars.process('practice', cancelling(message));
    expect([answer.status, idIn(answer, 'ServiceRequest'), await statusOf(id)]).toEqual([200, id, 'revoked']);
  });

  it('finds it by the UUID of its fullUrl, beside an id of the sender’s own', async () => {
    const message = messageOf('9990000182');
    const id = idIn(await takeMessage(world, message), 'ServiceRequest');
    const [, fullUrl = ''] =
      /"fullUrl":"([^"]+)","resource":\{"resourceType":"ServiceRequest"/.exec(JSON.stringify(message)) ?? [];
    const named = JSON.parse(JSON.stringify(cancelling(message)).replaceAll(fullUrl, `urn:uuid:${id}`)) as Bundle;
    const answer = await bars.process('practice', changedExample(named, { request: { id: 'referral-7' } }));
    expect([answer.status, idIn(answer, 'ServiceRequest'), await statusOf(id)]).toEqual([200, id, 'revoked']);
  });

  it('finds it by its id in capitals, as who keeps UUIDs as such may write it', async () => {
    const message = messageOf('9990000182');
    const id = idIn(await takeMessage(world, message), 'ServiceRequest');
    const named = changedExample(cancelling(message), { request: { id: id.toUpperCase() } });
    const answer = await bars.process('practice', named);
    expect([answer.status, idIn(answer, 'ServiceRequest'), await statusOf(id)]).toEqual([200, id, 'revoked']);
  });

  it('ends the one that goes on, where an earlier one of that identifier was cancelled', async () => {
    const message = identified({ system: 'https://practice.example/referral', value: randomUUID() });
    const first = idIn(await takeMessage(world, message), 'ServiceRequest');
    expect((await bars.process('practice', cancelling(message))).status).toBe(200);
    const second = idIn(await takeMessage(world, anew(message)), 'ServiceRequest');
    expect([await statusOf(first), await statusOf(second)]).toEqual(['revoked', 'active']);
    const answer = await bars.process('practice', cancelling(message));
    expect([answer.status, idIn(answer, 'ServiceRequest'), await statusOf(second)]).toEqual([200, second, 'revoked']);
  });

  it('ends none that asks another service than the one that is addressed', async () => {
    const value = randomUUID();
    const system = 'https://practice.example/case';
    const other = { ...activityWith({}), identifier: [{ system: dos, value: '2000088061' }] };
    await new ReferralActors(() => world).create('integrator', other);
    const message = identified({ system, value });
    const elsewhere = changedExample(inventedMessage({ newId: randomUUID, now: new Date(), service: '2000088061' }), {
      request: { identifier: [{ system, value }] },
    });
    const [first, second] = [await takeMessage(world, message), await takeMessage(world, elsewhere)];
    expect((await bars.process('practice', cancelling(message))).status).toBe(200);
    expect([await statusOf(idIn(first, 'ServiceRequest')), await statusOf(idIn(second, 'ServiceRequest'))]).toEqual([
      'revoked',
      'active',
    ]);
    expect(refusal(await bars.process('practice', cancelling(message)))).toMatch(/^409 REC_CONFLICT conflict/);
    expect(await statusOf(idIn(second, 'ServiceRequest'))).toBe('active');
  });

  it('is refused as a mistake where a part of it was completed before', async () => {
    const actors = new ReferralActors(() => world);
    const message = identified({ system: 'https://practice.example/referral', value: randomUUID() });
    const id = idIn(await takeMessage(world, message), 'ServiceRequest');
    const { id: part = '', partOf = [] } = await bars.part(id);
    const other = await actors.create('integrator', activityWith({}));
    const input = [{ type: activity, valueReference: { reference: `HealthcareService/${other.id ?? ''}` } }];
    await actors.create('practice', { resourceType: 'Task', status: 'requested', intent: 'order', partOf, input });
    await actors.move('provider-khl', part, { status: 'accepted' });
    await actors.move('provider-khl', part, { status: 'in-progress', executionPeriod: { start: '2026-11-01' } });
    expect((await actors.complete('provider-khl', part)).status).toBe(200);
    const mistaken = changedExample(cancelling(message), { request: { status: 'entered-in-error' } });
    expect([refusal(await bars.process('practice', mistaken)), await statusOf(id)]).toEqual([
      '409 REC_CONFLICT conflict ServiceRequest.status',
      'active',
    ]);
  });

  it('is refused where two go on that bear it', async () => {
    const message = identified({ system: 'https://practice.example/referral', value: randomUUID() });
    await takeMessage(world, message);
    await takeMessage(world, anew(message));
    expect(refusal(await bars.process('practice', cancelling(message)))).toBe(
      '404 REC_NOT_FOUND not-found Bundle.entry[1].resource.id',
    );
  });
});
