import type { Bundle, HealthcareService, OperationOutcome, Subscription } from 'fhir/r4';
import { noticeIn, type Notice, topicSubscription } from './subscription-notices.js';
import { activity, namesIn, subscriptionTo, SubscriptionsWorld } from './subscriptions-world.js';
import type { WebhookReceiver } from './webhook-receiver.js';

let world: SubscriptionsWorld;

beforeAll(async () => {
  world = await SubscriptionsWorld.start();
});

afterEach(() => world.silence());

afterAll(() => world.stop());

/** A receiver whose answers to some calls wait until they are given; all others are taken at once. */
async function holding(...held: number[]) {
  const answers = new Map<number, (status: number) => void>();
  const hook = await world.receiver((response, _received, at) => {
    if (!held.includes(at)) response.end();
    else answers.set(at, (status) => response.writeHead(status).end());
  });
  return { hook, answer: (at: number, status = 200) => answers.get(at)?.(status) };
}

async function rename({ id = '' }: HealthcareService, name: string): Promise<void> {
  const path = `/HealthcareService/${id}`;
  const { body } = await world.send<HealthcareService>('provider', 'GET', path);
  await world.send('provider', 'PUT', path, { body: { ...body, name } });
}

async function replayAll({ id = '' }: Subscription): Promise<string | undefined> {
  const path = `/Subscription/${id}/$replay?eventsSinceNumber=1`;
  const { body } = await world.send<OperationOutcome>('practice', 'POST', path);
  return body.issue[0]?.diagnostics;
}

/** What came, each event by the place at which it came first. */
function told({ received }: WebhookReceiver): number[] {
  const ids = received.map(({ headers }) => headers['x-ginnel-event-id']);
  const events = [...new Set(ids)];
  return ids.map((id) => events.indexOf(id) + 1);
}

/** Something else is told, twice: whatever was due before it has been sent. */
async function witnessed(hook: WebhookReceiver): Promise<void> {
  for (const name of ['A witness', 'Another']) {
    const before = Math.max(...told(hook));
    await world.addActivity(name);
    while (Math.max(...told(hook)) === before) await hook.have(hook.received.length + 1);
  }
}

/** The empty ones: nobody is asked for a resource before they are sent. */
function listen(hook: WebhookReceiver): Promise<Subscription> {
  return world.subscribe(
    'practice',
    subscriptionTo(hook.url(), { channel: { type: 'rest-hook', endpoint: hook.url() } }),
  );
}

/** Two versions of an activity were told, and a third one is being told. */
async function tellingTheThird(hook: WebhookReceiver): Promise<Subscription> {
  const subscription = await listen(hook);
  const { body } = await world.addActivity('1');
  await hook.have(1);
  await rename(body, '2');
  await world.eventually(subscription, { delivered: 2 });
  await rename(body, '3');
  await hook.have(3);
  return subscription;
}

describe('what is told again while a call is open', () => {
  it('waits for it, and leaves it as it is', async () => {
    const { hook, answer } = await holding(3);
    const subscription = await tellingTheThird(hook);
    expect(await replayAll(subscription)).toBe('2 notifications are told again.');
    await witnessed(hook);
    answer(3);
    await world.eventually(subscription, { delivered: 5, pending: 0 });
    expect(told(hook)).toEqual([1, 2, 3, 4, 5, 1, 2]);
  });

  it('comes before what that call has to tell once more', async () => {
    const { hook, answer } = await holding(3);
    const subscription = await tellingTheThird(hook);
    await replayAll(subscription);
    await witnessed(hook);
    answer(3, 500);
    await world.eventually(subscription, { delivered: 4, pending: 1 });
    world.putForward(6_000);
    await world.eventually(subscription, { delivered: 5, pending: 0 });
    expect(told(hook)).toEqual([1, 2, 3, 4, 5, 1, 2, 3]);
    expect(hook.received.at(-1)?.headers['x-ginnel-delivery-attempt']).toBe('2');
  });
});

describe('a call that outlived its lease', () => {
  it('does not end the one that was made in its place', async () => {
    const { hook, answer } = await holding(1, 2);
    const subscription = await world.subscribe('practice', subscriptionTo(hook.url()));
    const { body } = await world.addActivity('1');
    await hook.have(1);
    await rename(body, '2');
    world.putForward(61_000);
    await hook.have(2);
    answer(1);
    await world.addActivity('A witness');
    await hook.have(3);
    answer(2);
    await world.eventually(subscription, { delivered: 3, pending: 0 });
    expect(namesIn(hook.received)).toEqual(['1', '1', 'A witness', '2']);
  });
});

describe('the events of large resources', () => {
  /** Together more than one message of the broker holds. */
  const count = 10;
  const comment = 'c'.repeat(900_000);
  let subscription: Subscription;

  async function page(content: string, from: number): Promise<Notice> {
    const path = `/Subscription/${subscription.id ?? ''}/$events?content=${content}&eventsSinceNumber=${String(from)}`;
    const { status, body } = await world.send<Bundle>('practice', 'GET', path);
    expect(status).toBe(200);
    return noticeIn(body);
  }

  beforeAll(async () => {
    const hook = await world.receiver();
    const body = topicSubscription('capacity-changed', hook.url(), { content: 'empty' });
    subscription = (await world.send<Subscription>('practice', 'POST', '/Subscription', { body })).body;
    for (let at = 1; at <= count; at += 1) {
      const resource = { ...activity(String(at)), id: `large-${String(at)}`, comment };
      const write = { interaction: 'create' as const, resource, audience: ['public'], event: 'capacity-changed.v1' };
      await world.directory.commit([write], { agent: 'test', interaction: 'test', correlationId: 'test' });
    }
    await world.eventually(subscription, { delivered: count });
  });

  it('are all named at once', async () => {
    const { told } = await page('id-only', 1);
    expect(told).toHaveLength(count);
    expect(told.every(({ focus }) => focus?.startsWith('HealthcareService/large-'))).toBe(true);
  });

  it('are shown page by page', async () => {
    const shown: string[] = [];
    let pages = 0;
    for (let from = 1; from <= count; pages += 1) {
      const { told, resources } = await page('full-resource', from);
      expect(resources).toEqual(told.map(({ focus }) => focus));
      shown.push(...resources);
      from = (told.at(-1)?.number ?? count) + 1;
    }
    expect([new Set(shown).size, pages]).toEqual([count, count / 2]);
  });
});
