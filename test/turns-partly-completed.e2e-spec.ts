import type { ServiceRequest, Task } from 'fhir/r4';
import { type Referral, ReferralActors } from './referral-actors.js';
import { startWorld, type World } from './world.js';

/** One of two providers has done its part, the other has not seen its own. */
describe('a referral that is partly done', () => {
  let world: World;
  const actors = new ReferralActors(() => world);

  beforeAll(async () => {
    world = await startWorld();
  });

  afterAll(async () => {
    await world.stop();
  });

  it('ends as completed where its requester takes it back', async () => {
    const referral = await partlyDone();
    const wish = await actors.read<ServiceRequest>('practice', `ServiceRequest/${referral.request}`);
    const { status, body } = await actors.put('practice', { ...wish, status: 'revoked' });
    expect([status, body.status, await ends(referral)]).toEqual([200, 'completed', completed]);
  });

  it('ends as completed where its requester asks to stop all of it', async () => {
    const referral = await partlyDone();
    const asked = await actors.post<Task>('practice', {
      resourceType: 'Task',
      status: 'requested',
      intent: 'order',
      code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'abort' }] },
      focus: { reference: `Task/${referral.parent}` },
    });
    expect([asked.status, asked.body.status, await ends(referral)]).toEqual([201, 'completed', completed]);
  });

  const completed = ['completed', 'completed', ['cancelled', 'completed']];

  async function partlyDone(): Promise<Referral> {
    const referral = await actors.refer('staying-steady');
    expect((await actors.ask(referral, 'games-cafe')).status).toBe(201);
    await actors.start('provider-khl', referral.part);
    expect((await actors.complete('provider-khl', referral.part)).status).toBe(200);
    return referral;
  }

  /** Of the wish, the referral's own Task, and its parts. */
  async function ends({ request }: Referral): Promise<unknown[]> {
    const wish = await actors.read<ServiceRequest>('practice', `ServiceRequest/${request}`);
    const tasks = await actors.search<Task>('practice', `Task?focus=ServiceRequest/${request}`);
    const parts = tasks.filter(({ partOf }) => partOf !== undefined).map(({ status }) => status);
    return [wish.status, tasks.find(({ partOf }) => !partOf)?.status, parts.sort()];
  }
});
