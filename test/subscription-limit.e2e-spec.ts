import type { OperationOutcome, Subscription } from 'fhir/r4';
import { type As, subscriptionTo, SubscriptionsWorld } from './subscriptions-world.js';

let world: SubscriptionsWorld;
const hook = subscriptionTo('https://93.184.215.14/hook');

beforeAll(async () => {
  world = await SubscriptionsWorld.start({ limits: { subscriptions: 3 } });
});

afterAll(() => world.stop());

const ask = async (as: As = 'practice') => {
  const { status, body } = await world.send<Subscription>(as, 'POST', '/Subscription', { body: hook });
  return { status, body };
};

describe('the Subscriptions of an organisation', () => {
  it('are no more than the limit, however many are asked for in one moment', async () => {
    const asked = await Promise.all(Array.from({ length: 12 }, () => ask()));
    const made = asked.filter(({ status }) => status === 201).map(({ body }) => body);
    const refused = asked.filter(({ status }) => status === 422).map(({ body }) => body as unknown as OperationOutcome);
    expect([made.length, refused.length]).toEqual([3, 9]);
    expect(refused[0]?.issue).toEqual([
      {
        severity: 'error',
        code: 'business-rule',
        diagnostics: 'An organisation has at most 3 Subscriptions that are not off: turn one off first.',
      },
    ]);
    expect((await ask('gym')).status).toBe(201);
    const [first, second] = made;
    if (first) await world.turnOff('practice', first);
    const another = await ask();
    expect(another.status).toBe(201);
    const { body: off } = await world.send<Subscription>('practice', 'GET', `/Subscription/${first?.id ?? ''}`);
    const on = { body: { ...off, status: 'requested' } };
    expect((await world.send('practice', 'PUT', `/Subscription/${off.id ?? ''}`, on)).status).toBe(422);
    const changed = { body: { ...second, reason: 'Hear of it sooner', status: 'requested' } };
    expect((await world.send('practice', 'PUT', `/Subscription/${second?.id ?? ''}`, changed)).status).toBe(200);
    const path = `${world.running.url}/fhir/Subscription/${another.body.id ?? ''}`;
    await fetch(path, { method: 'DELETE', headers: { authorization: 'Bearer practice-token' } });
    expect((await world.send('practice', 'PUT', `/Subscription/${off.id ?? ''}`, on)).status).toBe(200);
  });
});
