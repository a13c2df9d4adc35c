import type { Communication } from 'fhir/r4';
import { answered, GpSystem } from './gp-system.js';
import { ReferralActors } from './referral-actors.js';
import { startWorld, type World } from './world.js';

describe('the Communication that follows a message', () => {
  let world: World;
  let gp: GpSystem;
  const actors = new ReferralActors(() => world);

  beforeAll(async () => {
    world = await startWorld();
    gp = await GpSystem.start(world);
  });

  afterAll(async () => {
    await world.stop();
    await gp.receiver.stop();
  });

  it('is made, changed and taken away by Ginnel alone: nobody has a message sent that is not theirs', async () => {
    gp.answer = answered(200);
    const referral = await gp.refer();
    await actors.move('provider-khl', referral.part, { status: 'accepted' });
    const [followed] = await gp.untilStatuses(referral, ['on-hold']);
    const { id = '', ...rest } = followed as Communication;
    const path = `/fhir/Communication/${id}`;
    const body = { ...rest, status: 'stopped' };
    const answers = [
      await world.send('practice', { method: 'POST', path: '/fhir/Communication', body }),
      await world.send('provider-khl', { method: 'POST', path: '/fhir/Communication', body }),
      await world.send('provider-khl', { method: 'PUT', path, body: { ...followed, status: 'completed' } }),
      await world.send('practice', { method: 'PUT', path, body: { ...followed, status: 'completed' } }),
      await world.send('provider-khl', { method: 'PUT', path, body: { ...followed, category: [{ text: 'none' }] } }),
      await world.send('provider-khl', { method: 'DELETE', path }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 403]);
    const now = await actors.read<Communication>('practice', `Communication/${id}`);
    expect([now.status, (await gp.messagesAbout(referral)).length]).toEqual(['on-hold', 1]);
  });
});
