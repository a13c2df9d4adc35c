import type { Basic, Bundle, CapabilityStatement, HealthcareService, OperationOutcome, Subscription } from 'fhir/r4';
import { topics, topicUrl } from '../apps/subscriptions/src/domain/topics.js';
import { eventually } from './eventually.js';
import { eventsIn, noticeIn, noticesIn, topicSubscription, type TopicWish } from './subscription-notices.js';
import { SubscriptionsWorld } from './subscriptions-world.js';
import type { WebhookReceiver } from './webhook-receiver.js';

let world: SubscriptionsWorld;

beforeAll(async () => {
  world = await SubscriptionsWorld.start();
});

afterEach(() => world.silence());

afterAll(() => world.stop());

/** Subscribes the practice to the places of activities, and waits for the handshake. */
async function listen(hook: WebhookReceiver, wish: TopicWish = {}): Promise<Subscription> {
  const body = topicSubscription('capacity-changed', hook.url(), wish);
  const made = await world.send<Subscription>('practice', 'POST', '/Subscription', { body });
  expect([made.status, made.body.status]).toEqual([201, 'requested']);
  await world.eventually(made.body, { status: 'active' });
  return made.body;
}

/** A change of places, as the directory tells of it. */
async function changePlaces(activity: HealthcareService, audience = ['public']): Promise<HealthcareService> {
  const { id = '', meta } = activity;
  const version = Number(meta?.versionId);
  const act = { agent: 'test', interaction: 'test', correlationId: 'test' };
  const resource = { ...activity, comment: `After version ${String(version)}` };
  const event = 'capacity-changed.v1';
  await world.directory.commit([{ interaction: 'update', resource, audience, version, event }], act);
  const stored = await world.directory.read('HealthcareService', id, ['*']);
  return JSON.parse(stored?.content ?? '') as HealthcareService;
}

describe('the topics', () => {
  it('are read by everybody, and changed by nobody', async () => {
    const code = encodeURIComponent('http://hl7.org/fhir/fhir-types|SubscriptionTopic');
    const { body } = await eventually(
      () => world.send<Bundle<Basic>>('gym', 'GET', `/Basic?code=${code}&_sort=_id`),
      (answer) => answer.body.entry !== undefined,
    );
    expect(body.entry?.map(({ resource }) => resource?.id)).toEqual([
      ...['activity-ending', 'capacity-changed', 'contact-due', 'outcome-ready', 'questionnaire-answered'],
      ...['referral-created', 'referral-status-changed', 'task-assigned'],
    ]);
    const [topic] = body.entry ?? [];
    const change = await world.send('gym', 'PUT', `/Basic/${topic?.resource?.id ?? ''}`, {
      body: { resourceType: 'Basic', id: topic?.resource?.id, meta: topic?.resource?.meta, code: { text: 'Mine' } },
    });
    expect(change.status).toBe(403);
  });

  it('are named by the CapabilityStatement, with the profile of the backport', async () => {
    const { body } = await world.send<CapabilityStatement>('practice', 'GET', '/metadata');
    const said = body.rest?.[0]?.resource?.find(({ type }) => type === 'Subscription');
    const backport = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition';
    const url = `${backport}/capabilitystatement-subscriptiontopic-canonical`;
    expect(said?.supportedProfile).toEqual([`${backport}/backport-subscription`]);
    expect(said?.extension).toEqual(topics.map((topic) => ({ url, valueCanonical: topicUrl(topic) })));
  });

  it.each([
    ['of another name', topicSubscription('no-such', 'https://example.org/hook'), 'There is no such topic here.'],
    [
      'narrowed by what it does not know',
      topicSubscription('capacity-changed', 'https://example.org/hook', { filters: ['HealthcareService?name=x'] }),
      "'name' does not narrow the topic capacity-changed",
    ],
    [
      'narrowed by another type',
      topicSubscription('capacity-changed', 'https://example.org/hook', { filters: ['Task?owner=x'] }),
      "a filter begins with 'HealthcareService?'",
    ],
    [
      'with more than a full resource',
      topicSubscription('capacity-changed', 'https://example.org/hook', { content: 'everything' }),
      'The content of a notification is empty, id-only, full-resource',
    ],
    [
      'with a heart that races',
      topicSubscription('capacity-changed', 'https://example.org/hook', { heartbeat: 1 }),
      'A heartbeat comes every 60 seconds',
    ],
  ])('are not listened to %s', async (_title, body, said) => {
    const { status, body: outcome } = await world.send<OperationOutcome>('practice', 'POST', '/Subscription', { body });
    expect([status, outcome.issue[0]?.diagnostics]).toEqual([422, expect.stringContaining(said)]);
  });
});

describe('a Subscription to a topic', () => {
  it('is active when its endpoint has answered, and then told the ids of what happened', async () => {
    const hook = await world.receiver();
    const subscription = await listen(hook);
    const { body } = await world.addActivity('Walks');
    await changePlaces(await changePlaces(body));
    await hook.have(3);
    const focus = `HealthcareService/${body.id ?? ''}`;
    expect(noticesIn(hook.received)).toEqual([
      { type: 'handshake', status: 'requested', events: 0, told: [], resources: [] },
      { type: 'event-notification', status: 'active', events: 1, told: [{ number: 1, focus }], resources: [] },
      { type: 'event-notification', status: 'active', events: 2, told: [{ number: 2, focus }], resources: [] },
    ]);
    await world.eventually(subscription, { delivered: 2, pending: 0, 'events-since-subscription-start': '2' });
    const { body: judged } = await world.send<OperationOutcome>('practice', 'POST', '/Bundle/$validate', {
      body: JSON.parse(hook.received[1]?.body ?? '') as Bundle,
    });
    expect(judged.issue.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  it('that does not answer at first misses nothing', async () => {
    let isUp = false;
    const hook = await world.receiver((response) => response.writeHead(isUp ? 200 : 503).end());
    const body = topicSubscription('capacity-changed', hook.url());
    const { body: subscription } = await world.send<Subscription>('practice', 'POST', '/Subscription', { body });
    await world.eventuallyFails(subscription);
    await changePlaces((await world.addActivity('Early')).body);
    await world.eventually(subscription, { status: 'requested', pending: 1 });
    expect(eventsIn(hook.received)).toEqual([]);
    isUp = true;
    world.putForward(6_000);
    await world.eventually(subscription, { status: 'active', delivered: 1 });
    expect(eventsIn(hook.received).map(({ told }) => told[0]?.number)).toEqual([1]);
  });

  it('is told as much as it asked for, of what it asked for', async () => {
    const [empty, full, other] = [await world.receiver(), await world.receiver(), await world.receiver()];
    await listen(empty, { content: 'empty' });
    await listen(full, {
      content: 'full-resource',
      filters: ['HealthcareService?organization=Organization/healthy-living'],
    });
    await listen(other, { filters: ['organization=Organization/green-gym'] });
    const { body } = await world.addActivity('Swimming');
    await changePlaces(body);
    await Promise.all([empty.have(2), full.have(2)]);
    const focus = `HealthcareService/${body.id ?? ''}`;
    expect([empty, full, other].map(({ received }) => eventsIn(received))).toMatchObject([
      [{ told: [{ number: 1 }], resources: [] }],
      [{ told: [{ number: 1, focus }], resources: [focus] }],
      [],
    ]);
    expect(eventsIn(empty.received)[0]?.told).toEqual([{ number: 1 }]);
  });

  it('has a heartbeat, which is no event', async () => {
    const hook = await world.receiver();
    const subscription = await listen(hook, { heartbeat: 60 });
    world.putForward(61_000);
    await hook.have(2);
    world.putForward(61_000);
    await hook.have(3);
    expect(noticesIn(hook.received).slice(1)).toMatchObject(
      [1, 2].map(() => ({ type: 'heartbeat', status: 'active', events: 0, told: [] })),
    );
    await world.eventually(subscription, { delivered: 0, pending: 0 });
  });

  it('keeps the number of what may not be told any more, and says nothing of it', async () => {
    let isUp = true;
    const hook = await world.receiver((response) => response.writeHead(isUp ? 200 : 500).end());
    const subscription = await listen(hook);
    const { body } = await world.addActivity('Hidden later');
    isUp = false;
    const told = await changePlaces(body);
    await world.eventuallyFails(subscription);
    await changePlaces(told, ['green-gym']);
    isUp = true;
    world.putForward(6_000);
    await world.eventually(subscription, { delivered: 1, pending: 0 });
    expect(eventsIn(hook.received).map((notice) => notice.told)).toEqual([
      [{ number: 1, focus: `HealthcareService/${body.id ?? ''}` }],
      [{ number: 1 }],
    ]);
    const { body: events } = await world.send<Bundle>(
      'practice',
      'GET',
      `/Subscription/${subscription.id ?? ''}/$events`,
    );
    expect(noticeIn(events).told).toEqual([{ number: 1 }]);
  });

  it('leaves no gap where its client was suspended: what it missed is among its events', async () => {
    const hook = await world.receiver();
    const subscription = await listen(hook);
    const { body } = await world.addActivity('Singing');
    const first = await changePlaces(body);
    await world.eventually(subscription, { delivered: 1 });
    world.issuer.suspended.add('gp');
    const second = await changePlaces(first);
    await world.eventually(subscription, { cancelled: 1 });
    world.issuer.suspended.delete('gp');
    await changePlaces(second);
    await world.eventually(subscription, { delivered: 2 });
    expect(eventsIn(hook.received).flatMap(({ told }) => told.map(({ number }) => number))).toEqual([1, 3]);
    const focus = `HealthcareService/${body.id ?? ''}`;
    const path = `/Subscription/${subscription.id ?? ''}/$events?eventsSinceNumber=2`;
    const { body: events } = await world.send<Bundle>('practice', 'GET', path);
    expect(noticeIn(events)).toMatchObject({
      type: 'query-event',
      events: 3,
      told: [
        { number: 2, focus },
        { number: 3, focus },
      ],
    });
  });
});

describe('what happened', () => {
  it('is told again by number and by id, in its order and under its ids', async () => {
    const hook = await world.receiver();
    const subscription = await listen(hook, { content: 'full-resource' });
    const { body } = await world.addActivity('Baking');
    let activity = body;
    for (let at = 0; at < 4; at += 1) activity = await changePlaces(activity);
    await world.eventually(subscription, { delivered: 4 });
    const before = hook.received.slice();
    const replay = async (query: string): Promise<string | undefined> => {
      const path = `/Subscription/${subscription.id ?? ''}/$replay${query}`;
      const { body: outcome } = await world.send<OperationOutcome>('practice', 'POST', path);
      return outcome.issue[0]?.diagnostics;
    };
    expect(await replay('?eventsSinceNumber=2&eventsUntilNumber=3')).toBe('2 notifications are told again.');
    await hook.have(before.length + 2);
    await world.eventually(subscription, { delivered: 4, pending: 0 });
    const [, , second, third] = before;
    expect(await replay(`?eventId=${String(third?.headers['x-ginnel-event-id'])}`)).toBe(
      '1 notifications are told again.',
    );
    await hook.have(before.length + 3);
    const again = hook.received.slice(before.length);
    expect(again.map(({ headers }) => headers['webhook-id'])).toEqual(
      [second, third, third].map((one) => one?.headers['webhook-id']),
    );
    const resources = again.map((one) => (JSON.parse(one.body) as Bundle).entry?.[1]?.resource);
    expect(resources).toMatchObject([{ comment: 'After version 2' }, { comment: 'After version 3' }, {}]);
    expect(await replay('')).toContain('Say which');
    const others = await world.send(
      'gym',
      'POST',
      `/Subscription/${subscription.id ?? ''}/$replay?eventsSinceNumber=1`,
    );
    expect(others.status).toBe(404);
  });

  it('is known of each Subscription that one has, and of no other', async () => {
    const hook = await world.receiver();
    const [mine, another] = [await listen(hook), await listen(hook)];
    const { body } = await world.send<Bundle>('practice', 'GET', '/Subscription/$status?status=active');
    expect(body.entry?.map(({ fullUrl }) => fullUrl?.split('/').at(-2)).sort()).toEqual([mine.id, another.id].sort());
    const one = await world.send<Bundle>('practice', 'GET', `/Subscription/$status?id=${mine.id ?? ''}`);
    const none = await world.send<Bundle>('gym', 'GET', `/Subscription/$status?id=${mine.id ?? ''}`);
    expect([one.body.total, none.body.total]).toEqual([1, 0]);
    const full = `/Subscription/${mine.id ?? ''}/$events?content=full-resource`;
    const seen = await world.send('gym', 'GET', full);
    expect(seen.status).toBe(404);
    await changePlaces((await world.addActivity('Shown')).body);
    const events = await eventually(
      () => world.send<Bundle>('practice', 'GET', full),
      (answer) => (answer.body.entry ?? []).length === 2,
    );
    expect(noticeIn(events.body).resources).toHaveLength(1);
  });
});
