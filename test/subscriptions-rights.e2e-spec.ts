import { eventually } from './eventually.js';
import { namesIn, subscriptionTo, SubscriptionsWorld } from './subscriptions-world.js';

let world: SubscriptionsWorld;

beforeAll(async () => {
  world = await SubscriptionsWorld.start();
});

afterEach(() => world.silence());

afterAll(() => world.stop());

describe('a subscriber whose client is suspended', () => {
  it('hears nothing from the next event on, and hears again when it is resumed', async () => {
    const hook = await world.receiver();
    const subscription = await world.subscribe('practice', subscriptionTo(hook.url()));
    await world.addActivity('Before');
    await world.eventually(subscription, { delivered: 1 });
    world.issuer.suspended.add('gp');
    await world.addActivity('Meanwhile');
    await world.eventually(subscription, { status: 'active', delivered: 1, cancelled: 1, pending: 0 });
    world.issuer.suspended.delete('gp');
    await world.addActivity('After');
    await world.eventually(subscription, { delivered: 2, cancelled: 1 });
    expect(namesIn(hook.received)).toEqual(['Before', 'After']);
  });

  it('loses no try while nobody can say whether it is', async () => {
    const hook = await world.receiver();
    const subscription = await world.subscribe('practice', subscriptionTo(hook.url()));
    world.issuer.unknown.add('gp');
    await world.addActivity('Waits');
    for (let times = 1; times <= 3; times += 1) {
      await eventually(
        () => Promise.resolve(world.issuer.inVain),
        (inVain) => inVain >= times,
      );
      world.putForward(61_000);
    }
    world.issuer.unknown.delete('gp');
    world.putForward(61_000);
    await world.eventually(subscription, { delivered: 1, pending: 0 });
    expect(hook.received.map(({ headers }) => headers['x-ginnel-delivery-attempt'])).toEqual(['1']);
  });
});
