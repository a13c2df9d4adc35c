import type { Bundle, HealthcareService, OperationOutcome } from 'fhir/r4';
import { matches } from '#fhir-search';
import { criteriaOf } from '../apps/subscriptions/src/domain/criteria.js';
import { SendWebhook } from '../apps/subscriptions/src/use-cases/send-webhook.js';
import { activity, namesIn, subscriptionTo, SubscriptionsWorld } from './subscriptions-world.js';
import { startReceiver } from './webhook-receiver.js';

let world: SubscriptionsWorld;

beforeAll(async () => {
  world = await SubscriptionsWorld.start();
});

afterEach(() => world.silence());

afterAll(() => world.stop());

describe('what a subscriber may not see', () => {
  it('it is not told of', async () => {
    const [ofPractice, ofGym] = [await world.receiver(), await world.receiver()];
    await world.subscribe('practice', subscriptionTo(ofPractice.url()));
    await world.subscribe('gym', subscriptionTo(ofGym.url()));
    const resource = { ...activity('For the gym alone'), id: 'private-one' };
    const act = { agent: 'test', interaction: 'create', correlationId: 'test' };
    await world.directory.commit([{ interaction: 'create', resource, audience: ['green-gym'] }], act);
    expect(namesIn(await ofGym.have(1))).toEqual(['For the gym alone']);
    await world.addActivity('For everybody');
    await Promise.all([ofGym.have(2), ofPractice.have(1)]);
    expect([namesIn(ofGym.received), namesIn(ofPractice.received)]).toEqual([
      ['For the gym alone', 'For everybody'],
      ['For everybody'],
    ]);
  });

  it("are others' Subscriptions", async () => {
    const hook = await world.receiver();
    const subscription = await world.subscribe('gym', subscriptionTo(hook.url()));
    const path = `/Subscription/${subscription.id ?? ''}`;
    const tries = await Promise.all([
      world.send('practice', 'GET', path),
      world.send('practice', 'GET', `${path}/$status`),
      world.send('practice', 'GET', `${path}/_history/1`),
      world.send('practice', 'PUT', path, { body: { ...subscription, status: 'off' } }),
    ]);
    const { body } = await world.send<Bundle>('practice', 'GET', `/Subscription?url=${encodeURIComponent(hook.url())}`);
    expect([tries.map(({ status }) => status), body.entry]).toEqual([[404, 404, 404, 404], undefined]);
    expect(tries.map(({ text }) => text).join('')).not.toContain(hook.host);
  });
});

describe('an event without its resource', () => {
  it('is told to those who want every event of the type, and to nobody with parameters', async () => {
    const [all, some] = [await world.receiver(), await world.receiver()];
    await world.subscribe('practice', subscriptionTo(all.url()));
    await world.subscribe('practice', subscriptionTo(some.url(), { criteria: 'HealthcareService?active=true' }));
    const { body } = await world.addActivity('Short-lived');
    // What is gone when it is to be told is not told any more.
    await Promise.all([all.have(1), some.have(1)]);
    const act = { agent: 'test', interaction: 'delete', correlationId: 'test' };
    const { id = '' } = body;
    await world.directory.commit(
      [{ interaction: 'delete', type: 'HealthcareService', id, audience: ['public'], version: 1 }],
      act,
    );
    await all.have(2);
    await world.addActivity('The next');
    await Promise.all([all.have(3), some.have(2)]);
    expect([namesIn(all.received), namesIn(some.received)]).toEqual([
      ['Short-lived', undefined, 'The next'],
      ['Short-lived', 'The next'],
    ]);
    const metrics = await (await fetch(`${world.running.url}/metrics`)).text();
    expect(metrics).toMatch(/ginnel_notifications_skipped_total\{[^}]*type="HealthcareService"[^}]*\} 1/);
  });
});

describe('a Subscription is refused', () => {
  const refusedEndpoint = 'The endpoint must be on a host that the whole internet reaches.';

  it.each([
    ['its endpoint is not public', { endpoint: 'https://169.254.169.254/' }, 'channel.endpoint', refusedEndpoint],
    ['its channel is no rest-hook', { type: 'websocket' as const }, 'channel.type', "The only channel is 'rest-hook'."],
  ])('where %s', async (_title, channel, element, said) => {
    const subscription = subscriptionTo('https://example.org/hook');
    const { status, body } = await world.send<OperationOutcome>('practice', 'POST', '/Subscription', {
      body: { ...subscription, channel: { ...subscription.channel, ...channel } },
    });
    expect([status, body.issue.map(({ expression, diagnostics }) => [expression, diagnostics])]).toEqual([
      422,
      [[[`Subscription.${element}`], said]],
    ]);
  });

  it.each([
    ['does not say what it listens to', 'practice' as const, { criteria: 'HealthcareService?nosuch=1' }, 422],
    ['has ended before it begins', 'practice' as const, { end: '2020-01-01T00:00:00Z' }, 422],
    ['asks to be what only the server makes it', 'practice' as const, { status: 'error' as const }, 422],
    ['listens to what its role may not read', 'provider' as const, { criteria: 'MeasureReport' }, 422],
    ['is of a role that may have none', 'analyst' as const, {}, 403],
  ])('where it %s', async (_title, token, more, expected) => {
    const body = subscriptionTo('https://example.org/hook', more);
    expect((await world.send(token, 'POST', '/Subscription', { body })).status).toBe(expected);
  });
});

describe('a webhook', () => {
  it('says in one word what went wrong', async () => {
    const endless = await world.receiver((response) => {
      response.writeHead(200);
      const write = (): void => {
        if (!response.destroyed) response.write(Buffer.alloc(16 * 1024), write);
      };
      write();
    });
    const cut = await world.receiver((response) => {
      response.socket?.destroy();
    });
    const stopped = await startReceiver();
    await stopped.stop();
    const sendWebhook = world.running.app.get(SendWebhook, { strict: false });
    const endpoints = [endless.url(), cut.url(), stopped.url(), 'http://localhost:1/', 'https://127.0.0.2/'];
    expect(
      await Promise.all(endpoints.map((endpoint) => sendWebhook.execute({ endpoint, headers: {}, body: '' }))),
    ).toEqual([
      { status: 200 },
      { failure: 'connection-lost' },
      { failure: 'connection-refused' },
      { failure: 'endpoint-not-allowed' },
      { failure: 'endpoint-not-allowed' },
    ]);
  });
});

describe('criteria', () => {
  it.each([
    'name=walk',
    'name:contains=WALK',
    'name:exact=Differential walk',
    'active=true',
    'active:not=true',
    'active:missing=false',
    'organization=Organization/healthy-living',
    'organization=healthy-living,other',
    'organization:missing=true',
    'location:missing=true',
    'service-category=http://example.org/s|a',
    'service-category=|b',
    'service-category:not=a',
    '_lastUpdated=ge2020-01-01',
    '_lastUpdated=lt2020-01-01',
    '_id=nothing',
  ])('mean the same to a subscription and to a search: %s', async (criteria) => {
    const { body: created } = await world.send<HealthcareService>('provider', 'POST', '/HealthcareService', {
      body: {
        ...activity('Differential walk'),
        category: [{ coding: [{ system: 'http://example.org/s', code: 'a' }, { code: 'b' }] }],
      },
    });
    const query = new URLSearchParams(`${criteria}&_id=${created.id ?? ''}`);
    const { status, body } = await world.send<Bundle>('practice', 'GET', `/HealthcareService?${query.toString()}`);
    const isFound = body.entry !== undefined;
    expect([200, matches(criteriaOf(`HealthcareService?${criteria}`), created)]).toEqual([status, isFound]);
  });
});
