import { randomBytes } from 'node:crypto';
import type { HealthcareService, Subscription } from 'fhir/r4';
import { verifiedNotification } from '../libs/client/src/index.js';
import { TendSubscriptions } from '../apps/subscriptions/src/use-cases/tend-subscriptions.js';
import { eventually } from './eventually.js';
import { topicSubscription } from './subscription-notices.js';
import { namesIn, subscriptionTo, SubscriptionsWorld } from './subscriptions-world.js';
import type { Received } from './webhook-receiver.js';

const hour = 3_600_000;
const day = 24 * hour;
let world: SubscriptionsWorld;

beforeAll(async () => {
  world = await SubscriptionsWorld.start();
});

afterEach(() => world.silence());

afterAll(() => world.stop());

function nameIn({ body }: Received): string | undefined {
  return (JSON.parse(body) as HealthcareService).name;
}

async function tend(): Promise<void> {
  await world.running.app.get(TendSubscriptions, { strict: false }).execute();
}

/** Waits until a try that was made after that time was written down. */
async function failedSince(subscription: Subscription, time: number): Promise<void> {
  await eventually(
    () => world.statusOf(subscription),
    (status) => Date.parse(String(status['last-failure'])) >= time,
  );
}

function read({ id }: Subscription) {
  return world.send<Subscription>('practice', 'GET', `/Subscription/${id ?? ''}`);
}

describe('a notification that is not taken', () => {
  it('is tried ten times and given up; what is about others is told meanwhile, what is behind it after', async () => {
    const hook = await world.receiver((response, received) =>
      response.writeHead(nameIn(received) === 'Poison' ? 500 : 200).end(),
    );
    const subscription = await world.subscribe('practice', subscriptionTo(hook.url()));
    const { body } = await world.addActivity('Poison');
    await hook.have(1);
    await world.send('provider', 'PUT', `/HealthcareService/${body.id ?? ''}`, { body: { ...body, name: 'Behind' } });
    await world.addActivity('Beside');
    await world.eventually(subscription, { delivered: 1, pending: 2 });
    for (let tries = 2; tries <= 10; tries += 1) {
      await failedSince(subscription, world.now().getTime() - hour);
      world.putForward(27 * hour);
      await hook.have(tries + 1);
    }
    await world.eventually(subscription, { status: 'active', delivered: 2, failed: 1, pending: 0 });
    expect(namesIn(hook.received)).toEqual(['Poison', 'Beside', ...Array<string>(9).fill('Poison'), 'Behind']);
    expect(hook.received.map(({ headers }) => headers['x-ginnel-delivery-attempt'])).toEqual([
      ...['1', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '1'],
    ]);
  });

  it('holds up the others as long as the receiver asks for', async () => {
    const hook = await world.receiver((response, _received, at) =>
      response.writeHead(at === 1 ? 429 : 200, at === 1 ? { 'retry-after': '3600' } : {}).end(),
    );
    const witness = await world.receiver();
    const subscription = await world.subscribe('practice', subscriptionTo(hook.url()));
    await world.subscribe('practice', subscriptionTo(witness.url()));
    await world.addActivity('Too much');
    await world.eventuallyFails(subscription);
    await world.addActivity('Even more');
    world.putForward(hour - 60_000);
    await world.addActivity('A witness');
    await witness.have(3);
    await world.eventually(subscription, { pending: 3 });
    expect(namesIn(hook.received)).toEqual(['Too much']);
    world.putForward(60_000);
    await world.eventually(subscription, { delivered: 3, pending: 0 });
  });

  it('holds them up also where a call that was open then is taken', async () => {
    let taken = (): void => undefined;
    const hook = await world.receiver((response, _received, at) => {
      if (at === 1) taken = () => response.end();
      else response.writeHead(at === 2 ? 429 : 200, at === 2 ? { 'retry-after': '3600' } : {}).end();
    });
    const witness = await world.receiver();
    const subscription = await world.subscribe('practice', subscriptionTo(hook.url()));
    await world.subscribe('practice', subscriptionTo(witness.url()));
    await world.addActivity('Open');
    await hook.have(1);
    await world.addActivity('Too much');
    await world.eventuallyFails(subscription);
    taken();
    await world.eventually(subscription, { delivered: 1, pending: 1 });
    await world.addActivity('Even more');
    await witness.have(3);
    await world.addActivity('A witness');
    await witness.have(4);
    await world.eventually(subscription, { delivered: 1, pending: 3 });
    expect(namesIn(hook.received)).toEqual(['Open', 'Too much']);
    world.putForward(hour);
    await world.eventually(subscription, { delivered: 4, pending: 0 });
  });
});

describe('a Subscription whose every call fails', () => {
  it('is paused after five days, keeps what happens, and goes on when it is asked to', async () => {
    let isUp = false;
    const hook = await world.receiver((response) => response.writeHead(isUp ? 200 : 500).end());
    const subscription = await world.subscribe('practice', subscriptionTo(hook.url()));
    const { body: first } = await world.addActivity('Waits');
    await world.eventuallyFails(subscription);
    world.putForward(5 * day - 60_000);
    await tend();
    expect((await read(subscription)).body.status).toBe('active');
    world.putForward(120_000);
    await tend();
    const { body: paused } = await read(subscription);
    expect([paused.status, paused.error]).toEqual([
      'error',
      expect.stringMatching(/^Every call has failed since 20.*: it is paused\.$/),
    ]);
    await world.addActivity('Waits, too');
    await world.eventually(subscription, { status: 'error', pending: 2 });
    const before = hook.received.length;

    isUp = true;
    const again = await world.send<Subscription>('practice', 'PUT', `/Subscription/${subscription.id ?? ''}`, {
      body: { ...paused, status: 'requested' },
    });
    expect([again.status, again.body.status, again.body.error]).toEqual([200, 'active', undefined]);
    await world.eventually(subscription, { delivered: 2, pending: 0 });
    expect(namesIn(hook.received.slice(before)).sort()).toEqual([first.name, 'Waits, too']);
  });

  it('is turned off when nobody mends it for 30 days', async () => {
    const hook = await world.receiver((response) => response.writeHead(500).end());
    const subscription = await world.subscribe('practice', subscriptionTo(hook.url()));
    await world.addActivity('Forgotten');
    await world.eventuallyFails(subscription);
    world.putForward(5 * day);
    await tend();
    world.putForward(31 * day);
    await tend();
    const { body } = await read(subscription);
    expect([body.status, body.error]).toEqual(['off', 'It was paused for 30 days and turned off.']);
    await world.eventually(subscription, { pending: 0, cancelled: 1 });
  });

  it('keeps nobody else waiting', async () => {
    const silent = await world.receiver(() => undefined);
    const hook = await world.receiver();
    await world.subscribe('practice', subscriptionTo(silent.url()));
    await world.subscribe('practice', subscriptionTo(hook.url()));
    for (let at = 0; at < 20; at += 1) await world.addActivity(String(at));
    await hook.have(20);
    expect(silent.received.length).toBeLessThanOrEqual(4);
  });

  it('keeps nobody else waiting, however many there are to the same server', async () => {
    let [open, most] = [0, 0];
    const slow = await world.receiver((response) => {
      open += 1;
      most = Math.max(most, open);
      response.on('close', () => (open -= 1));
    });
    const quick = await world.receiver();
    for (const path of ['/a', '/b', '/c', '/d']) await world.subscribe('practice', subscriptionTo(slow.url(path)));
    await world.subscribe('practice', subscriptionTo(quick.url()));
    for (let at = 0; at < 6; at += 1) await world.addActivity(String(at));
    await quick.have(6);
    expect(most).toBe(8);
  });
});

describe('the signature of a notification', () => {
  const secret = (): string => `whsec_${randomBytes(32).toString('base64')}`;
  // The library judges the time by the machine's own clock.
  let punctual: SubscriptionsWorld;

  beforeAll(async () => {
    punctual = await SubscriptionsWorld.start();
  });

  afterAll(async () => {
    await punctual.silence();
    await punctual.stop();
  });

  function verified(key: string, { body, headers }: Received): unknown {
    return verifiedNotification(key, body, headers as Record<string, string>);
  }

  it('is by a secret that Ginnel made, unless the subscriber brings one', async () => {
    const hook = await punctual.receiver();
    const made = await punctual.subscribe('practice', subscriptionTo(hook.url()));
    const [given] = (made.channel.extension ?? []).map(({ valueString }) => valueString ?? '');
    await punctual.addActivity('Signed');
    const [notification] = await hook.have(1);
    if (!notification) throw new Error('Nothing came.');
    expect(verified(given ?? '', notification)).toMatchObject({ name: 'Signed' });
    expect(() => verified(secret(), notification)).toThrow('No matching signature found');
    expect(() => verified(given ?? '', { ...notification, body: `${notification.body} ` })).toThrow();
    const bare = { ...made.channel };
    delete bare.extension;
    const body = { ...made, status: 'requested', channel: bare };
    const changed = await punctual.send<Subscription>('practice', 'PUT', `/Subscription/${made.id ?? ''}`, { body });
    expect(changed.body.channel.extension).toEqual(made.channel.extension);
  });

  it('is by both while the secret is changed, of the handshake, too', async () => {
    const hook = await punctual.receiver();
    const [fresh, old] = [secret(), secret()];
    const body = topicSubscription('capacity-changed', hook.url(), { secrets: [fresh, old] });
    await punctual.send('practice', 'POST', '/Subscription', { body });
    const [handshake] = await hook.have(1);
    if (!handshake) throw new Error('Nothing came.');
    expect([fresh, old].map((key) => verified(key, handshake))).toMatchObject([
      { resourceType: 'Bundle' },
      { resourceType: 'Bundle' },
    ]);
  });

  it('is not by one that came while the Subscription was off', async () => {
    const hook = await punctual.receiver();
    const { id = '' } = await punctual.subscribe('practice', subscriptionTo(hook.url()));
    const put = async (status: string, ...secrets: string[]): Promise<number> => {
      const body = { ...topicSubscription('capacity-changed', hook.url(), { secrets }), id, status };
      return (await punctual.send('practice', 'PUT', `/Subscription/${id}`, { body })).status;
    };
    expect([await put('off', '!!!!'), await put('requested'), await put('requested', secret())]).toEqual([
      200, 422, 200,
    ]);
  });

  it.each([[['short']], [['whsec_c2hvcnQ=']], [[secret(), secret(), secret()]]])(
    'needs a secret that is none to guess: %j',
    async (secrets) => {
      const body = topicSubscription('capacity-changed', 'https://example.org/hook', { secrets });
      expect((await punctual.send('practice', 'POST', '/Subscription', { body })).status).toBe(422);
    },
  );
});
