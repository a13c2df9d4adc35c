import type { Subscription } from 'fhir/r4';
import { TendSubscriptions } from '../apps/subscriptions/src/use-cases/tend-subscriptions.js';
import { namesIn, subscriptionTo, SubscriptionsWorld } from './subscriptions-world.js';

let world: SubscriptionsWorld;

beforeAll(async () => {
  world = await SubscriptionsWorld.start();
});

afterEach(() => world.silence());

afterAll(() => world.stop());

describe('a subscriber', () => {
  it('is told of a change that meets its criteria, with the resource as it was committed', async () => {
    const hook = await world.receiver();
    const header = ['Authorization: Bearer of-the-subscriber'];
    const channel = { ...subscriptionTo(hook.url('/hook?key=1')).channel, header };
    const subscription = await world.subscribe(
      'practice',
      subscriptionTo('', { criteria: 'HealthcareService?name=walks&active=true', channel }),
    );

    await world.addActivity('Swimming');
    const added = await world.addActivity('Walks on the moor', { 'x-correlation-id': 'the-conversation' });
    const changed = await world.send('provider', 'PUT', `/HealthcareService/${added.body.id ?? ''}`, {
      body: { ...added.body, comment: 'Every Tuesday' },
    });
    const [first, second] = await hook.have(2);

    expect([first?.body, second?.body]).toEqual([added.text, changed.text]);
    expect([first?.method, first?.path, first?.headers]).toEqual([
      'POST',
      '/hook?key=1',
      {
        host: hook.host,
        connection: 'close',
        'user-agent': 'Ginnel',
        'content-type': 'application/fhir+json',
        'content-length': String(Buffer.byteLength(added.text)),
        authorization: 'Bearer of-the-subscriber',
        'x-ginnel-event-id': expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        'x-ginnel-delivery-attempt': '1',
        'x-correlation-id': 'the-conversation',
        'webhook-id': `${String(first?.headers['x-ginnel-event-id'])}_${subscription.id ?? ''}`,
        'webhook-timestamp': expect.stringMatching(/^\d{10}$/) as string,
        'webhook-signature': expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/) as string,
      },
    ]);
    await world.eventually(subscription, { status: 'active', pending: 0, delivered: 2, failed: 0, cancelled: 0 });
    expect(await world.statusOf(subscription)).toHaveProperty('last-success');
  });

  it('that wants no payload gets an empty body', async () => {
    const hook = await world.receiver();
    await world.subscribe('practice', subscriptionTo('', { channel: { type: 'rest-hook', endpoint: hook.url() } }));
    await world.addActivity('Singing');
    const [notification] = await hook.have(1);
    expect([
      notification?.body,
      notification?.headers['content-type'],
      notification?.headers['content-length'],
    ]).toEqual(['', undefined, '0']);
  });

  it('that fails is called again with the same event, and before any later one of the same resource', async () => {
    const hook = await world.receiver((response, _received, at) => response.writeHead(at === 1 ? 503 : 200).end());
    const subscription = await world.subscribe('practice', subscriptionTo(hook.url()));
    const { body } = await world.addActivity('First');
    await world.send('provider', 'PUT', `/HealthcareService/${body.id ?? ''}`, { body: { ...body, name: 'Second' } });
    await world.eventually(subscription, { pending: 2 });
    await hook.have(1);
    await world.eventuallyFails(subscription);
    world.putForward(6_000);
    const received = await hook.have(3);
    expect(namesIn(received)).toEqual(['First', 'First', 'Second']);
    expect(received.map(({ headers }) => headers['x-ginnel-delivery-attempt'])).toEqual(['1', '2', '1']);
    expect(received[1]?.headers['x-ginnel-event-id']).toBe(received[0]?.headers['x-ginnel-event-id']);
    await world.eventually(subscription, { delivered: 2, pending: 0 });
    expect(await world.statusOf(subscription)).toHaveProperty('last-failure');
  });

  it('is not followed where it redirects to', async () => {
    const elsewhere = await world.receiver();
    const hook = await world.receiver((response, _received, at) =>
      response.writeHead(at === 1 ? 307 : 200, at === 1 ? { location: elsewhere.url() } : {}).end(),
    );
    const subscription = await world.subscribe('practice', subscriptionTo(hook.url()));
    await world.addActivity('Baking');
    await world.eventuallyFails(subscription);
    world.putForward(6_000);
    await hook.have(2);
    expect(elsewhere.received).toEqual([]);
  });

  it('that answers 410 is turned off', async () => {
    const hook = await world.receiver((response) => response.writeHead(410).end());
    const subscription = await world.subscribe('practice', subscriptionTo(hook.url()));
    await world.addActivity('Gone');
    await world.eventually(subscription, { status: 'off', pending: 0, cancelled: 1 });
    const { body } = await world.send<Subscription>('practice', 'GET', `/Subscription/${subscription.id ?? ''}`);
    expect(body.error).toBe('The endpoint answered 410 (gone) and was turned off.');
  });

  it('that moves its endpoint is called there at once', async () => {
    const broken = await world.receiver((response) => response.writeHead(500).end());
    const hook = await world.receiver();
    const subscription = await world.subscribe('practice', subscriptionTo(broken.url()));
    await world.addActivity('Moving');
    await broken.have(1);
    await world.send('practice', 'PUT', `/Subscription/${subscription.id ?? ''}`, {
      body: { ...subscription, channel: { ...subscription.channel, endpoint: hook.url() } },
    });
    expect(namesIn(await hook.have(1))).toEqual(['Moving']);
  });

  it('that turns itself off hears nothing more, of what waits neither', async () => {
    const hook = await world.receiver((response) => response.writeHead(500).end());
    const witness = await world.receiver();
    const subscription = await world.subscribe('practice', subscriptionTo(hook.url()));
    await world.subscribe('practice', subscriptionTo(witness.url()));
    await world.addActivity('Before');
    await hook.have(1);
    await world.turnOff('practice', subscription);
    await world.eventually(subscription, { status: 'off', pending: 0, cancelled: 1 });
    const heard = hook.received.length;
    await world.addActivity('After');
    await witness.have(2);
    expect([hook.received.length, (await world.statusOf(subscription)).cancelled]).toEqual([heard, 1]);
  });

  it('whose time is over is turned off', async () => {
    const hook = await world.receiver();
    const witness = await world.receiver();
    const end = new Date(world.now().getTime() + 3_600_000).toISOString();
    const subscription = await world.subscribe('practice', subscriptionTo(hook.url(), { end }));
    await world.subscribe('practice', subscriptionTo(witness.url()));
    await world.addActivity('In time');
    await Promise.all([hook.have(1), witness.have(1)]);
    world.putForward(3_600_000);
    await world.addActivity('Too late');
    await witness.have(2);
    await world.running.app.get(TendSubscriptions, { strict: false }).execute();
    expect([hook.received.length, (await world.statusOf(subscription)).status]).toEqual([1, 'off']);
  });

  it('is sent again what a process was sending when it died', async () => {
    const unanswered: (() => void)[] = [];
    const hook = await world.receiver((response, _received, at) => {
      if (at === 1) unanswered.push(() => response.end());
      else response.end();
    });
    const subscription = await world.subscribe('practice', subscriptionTo(hook.url()));
    await world.addActivity('Interrupted');
    await hook.have(1);
    world.putForward(61_000);
    const [first, second] = await hook.have(2);
    unanswered.forEach((answer) => {
      answer();
    });
    expect([second?.headers['x-ginnel-event-id'], second?.headers['x-ginnel-delivery-attempt']]).toEqual([
      first?.headers['x-ginnel-event-id'],
      '2',
    ]);
    await world.eventually(subscription, { delivered: 1, pending: 0 });
  });

  it('is told once and in order by two processes together', async () => {
    const hook = await world.receiver();
    const subscription = await world.subscribe('practice', subscriptionTo(hook.url()));
    const another = await world.startAnother();
    const { body } = await world.addActivity('0');
    for (let version = 1; version < 20; version += 1) {
      const changed = { ...body, name: String(version) };
      await world.send('provider', 'PUT', `/HealthcareService/${body.id ?? ''}`, { body: changed });
    }
    await hook.have(20);
    await world.eventually(subscription, { delivered: 20, pending: 0 });
    await another.stop();
    expect(namesIn(hook.received)).toEqual(Array.from({ length: 20 }, (_, version) => String(version)));
  });

  it('leaves no resource behind once its notifications are settled', async () => {
    const hook = await world.receiver();
    const subscription = await world.subscribe('practice', subscriptionTo(hook.url()));
    await world.addActivity('Forgotten');
    await world.eventually(subscription, { delivered: 1, pending: 0 });
    const rows = await world
      .service('subscriptions')
      .database.as(['*'])
      .query({ text: `SELECT DISTINCT state, payload FROM delivery ORDER BY state` });
    expect(rows).toEqual(['cancelled', 'delivered'].map((state) => ({ state, payload: null })));
  });
});
