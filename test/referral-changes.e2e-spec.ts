import { randomUUID } from 'node:crypto';
import type { ServiceRequest, Task } from 'fhir/r4';
import { inventedMessage } from '../apps/sandbox/src/story/invented-message.js';
import { activity, ReferralActors, requestFor } from './referral-actors.js';
import { startWorld, type World } from './world.js';

describe('what may change in a referral', () => {
  let world: World;
  const actors = new ReferralActors(() => world);

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.stop();
  });

  it('is not what a provider was asked with', async () => {
    const { part } = await actors.refer('staying-steady');
    const changes: Partial<Task>[] = [
      { input: [asked('ballet-be-fit')] },
      { priority: 'stat' },
      { identifier: [{ value: 'another' }] },
      { groupIdentifier: { value: 'another' } },
      { restriction: { repetitions: 1 } },
      { status: 'received', input: [asked('ballet-be-fit')] },
      { description: 'Invented' },
    ];
    const statuses = [];
    for (const change of changes) statuses.push((await actors.move('provider-khl', part, change)).status);
    expect(statuses).toEqual([422, 422, 422, 422, 422, 422, 200]);
  });

  it("is the activity, by a turn that names another of the provider's own, as often as is needed", async () => {
    const { part } = await actors.refer('staying-steady');
    await actors.move('provider-khl', part, { status: 'accepted' });
    const wishes = [
      ['staying-steady'],
      ['staying-steady', 'games-cafe'],
      ['nowhere'],
      ['staying-steady', 'ballet-be-fit'],
      ['chair-yoga'],
    ];
    const statuses = [];
    for (const wish of wishes) {
      const change = { input: wish.map(asked), businessStatus: activityChanged };
      statuses.push((await actors.move('provider-khl', part, change)).status);
    }
    expect(statuses).toEqual([422, 422, 422, 200, 200]);
    const { input } = await actors.read<Task>('practice', `Task/${part}`);
    expect(input?.map(({ valueReference }) => valueReference?.reference)).toEqual(['HealthcareService/chair-yoga']);
  });

  it('is how its requester names the same parties, and it is taken back in those words', async () => {
    const { request } = await actors.refer('staying-steady');
    const sent = await actors.read<ServiceRequest>('practice', `ServiceRequest/${request}`);
    const worded: ServiceRequest = {
      ...sent,
      subject: { ...sent.subject, display: 'Ada Invented', identifier: { value: 'practice-7' } },
      requester: { reference: 'Organization/worth-valley-practice', display: 'Worth Valley' },
      performer: (sent.performer ?? []).map((one) => ({ ...one, display: 'Staying Steady' })),
    };
    const noted = await actors.put<ServiceRequest>('practice', { ...worded, note: [{ text: 'Rings back.' }] });
    expect([noted.status, noted.body.subject, noted.body.requester]).toEqual([200, sent.subject, worded.requester]);
    const other = { reference: 'Organization/project6' };
    expect((await actors.put('practice', { ...worded, requester: other })).status).toBe(422);
    const revoked = await actors.put<ServiceRequest>('practice', { ...worded, status: 'revoked' });
    expect([revoked.status, revoked.body.status, revoked.body.performer]).toEqual([200, 'revoked', sent.performer]);
  });

  it("is its ServiceRequest by the requester's organisation, and no other", async () => {
    const { request } = await actors.refer('staying-steady');
    const sent = await actors.read<ServiceRequest>('practice', `ServiceRequest/${request}`);
    const changed = { ...sent, patientInstruction: 'Invented' };
    // The integrator acts for a practice of its own, and does not see this one's.
    const statuses = [];
    for (const as of ['provider-khl', 'integrator', 'practice'] as const) {
      statuses.push((await actors.put(as, changed)).status);
    }
    expect(statuses).toEqual([403, 404, 200]);
  });

  it('is how urgent it is: its Tasks that are open are found by that', async () => {
    const referral = await actors.refer('staying-steady');
    await actors.move('provider-khl', referral.part, { status: 'accepted' });
    const sent = await actors.read<ServiceRequest>('practice', `ServiceRequest/${referral.request}`);
    const found = () =>
      actors.search<Task>('provider-khl', `Task?priority=urgent&focus=ServiceRequest/${referral.request}`);
    const statuses = [(await actors.put('practice', { ...sent, priority: 'urgent' })).status];
    const urgent = await found();
    statuses.push((await actors.put('practice', sent)).status);
    expect([statuses, urgent.map(({ id, status }) => [id, status]).sort(), await found()]).toEqual([
      [200, 200],
      [referral.part, referral.parent].sort().map((id) => [id, 'accepted']),
      [],
    ]);
  });

  it('is a draft by the one that made it', async () => {
    const patient = `Patient/${await actors.person()}`;
    const draft = await actors.create<ServiceRequest>('practice', {
      ...requestFor(patient, 'staying-steady'),
      status: 'draft',
    });
    const statuses = [];
    for (const as of ['integrator', 'practice'] as const) {
      statuses.push((await actors.put(as, { ...draft, patientInstruction: 'Invented' })).status);
    }
    expect(statuses).toEqual([404, 200]);
  });

  it('is not begun by a provider, by a resource or by a message', async () => {
    const { patient } = await actors.refer('staying-steady');
    const message = inventedMessage({ newId: randomUUID, now: new Date(), service: '2000099911' });
    const headers = { 'x-request-id': randomUUID(), 'x-correlation-id': randomUUID() };
    const answers = [
      await actors.post('provider-khl', requestFor(`Patient/${patient}`, 'staying-steady')),
      await world.send('provider-khl', { method: 'POST', path: '/fhir/$process-message', body: message, headers }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 403]);
  });
});

const activityChanged = {
  coding: [{ system: 'https://ginnel.org.uk/fhir/CodeSystem/referral-business-status', code: 'activity-changed' }],
};

function asked(id: string) {
  return { type: activity, valueReference: { reference: `HealthcareService/${id}` } };
}
