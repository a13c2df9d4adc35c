import { randomUUID } from 'node:crypto';
import type { Bundle, FhirResource, HealthcareService, OperationOutcome, Parameters, Subscription } from 'fhir/r4';
import { BearerTokens, type TokenClient } from '#auth';
import { FhirStore } from '#fhir-store';
import { migrateServices, type RunningService, Service, serviceUrl, startService } from '#service';
import { type FreshDatabase, freshDatabase, testInfrastructure } from '#testing';
import {
  ActivityDirectoryModule,
  activityDirectoryService,
} from '../apps/activity-directory/src/activity-directory.module.js';
import { criteriaOf } from '../apps/subscriptions/src/domain/criteria.js';
import { matches } from '../apps/subscriptions/src/domain/matches.js';
import { SubscriptionsModule, subscriptionsService } from '../apps/subscriptions/src/subscriptions.module.js';
import { SendWebhook } from '../apps/subscriptions/src/use-cases/send-webhook.js';
import { TendSubscriptions } from '../apps/subscriptions/src/use-cases/tend-subscriptions.js';
import { startReceiver, type WebhookReceiver } from './webhook-receiver.js';

const clients: TokenClient[] = [
  { client: 'gp', role: 'practice', organisation: 'moor-practice', token: 'practice-token' },
  { client: 'living', role: 'provider', organisation: 'healthy-living', token: 'provider-token' },
  { client: 'gym', role: 'provider', organisation: 'green-gym', token: 'gym-token' },
  { client: 'ics', role: 'analyst', organisation: 'ics', token: 'analyst-token' },
];
const [practice, provider, gym, analyst] = ['practice-token', 'provider-token', 'gym-token', 'analyst-token'];
const day = 24 * 3_600_000;

let database: FreshDatabase;
let running: RunningService;
let receivers: WebhookReceiver[] = [];
let clockAhead = 0;
const namespace = `subs${randomUUID().slice(0, 8)}`;

function start(): Promise<RunningService> {
  const { natsUrl, natsMonitorUrl } = testInfrastructure();
  return startService({
    name: 'subscriptions-test',
    modules: [SubscriptionsModule, ActivityDirectoryModule],
    host: '127.0.0.1',
    port: 0,
    baseUrl: 'http://ginnel.test/fhir',
    databaseUrl: (service) => serviceUrl(database.url, service),
    natsUrl,
    natsMonitorUrl,
    natsNamespace: namespace,
    authenticator: new BearerTokens(clients),
    secret: 'the secret of the subscriptions test',
    logLevel: 'warn',
    webhookHosts: ['127.0.0.1:*'],
    now: () => new Date(Date.now() + clockAhead),
  });
}

beforeAll(async () => {
  database = await freshDatabase();
  await migrateServices(database.url, [subscriptionsService, activityDirectoryService]);
  running = await start();
});

afterEach(async () => {
  // What is still on must not be told of the next test.
  const { body } = await send<Bundle<Subscription>>(practice, 'GET', '/Subscription?status=active');
  const others = await send<Bundle<Subscription>>(gym, 'GET', '/Subscription?status=active');
  for (const { resource } of body.entry ?? []) if (resource) await turnOff(practice, resource);
  for (const { resource } of others.body.entry ?? []) if (resource) await turnOff(gym, resource);
  await Promise.all(receivers.map((receiver) => receiver.stop()));
  receivers = [];
});

afterAll(async () => {
  await running.stop();
  await database.drop();
});

interface Sent<R> {
  status: number;
  body: R;
  text: string;
}

async function send<R = FhirResource>(
  token: string | undefined,
  method: string,
  path: string,
  { body, headers = {} }: { body?: object; headers?: Record<string, string> } = {},
): Promise<Sent<R>> {
  const answer = await fetch(`${running.url}/fhir${path}`, {
    method,
    headers: {
      prefer: 'return=representation',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, text, body: JSON.parse(text) as R };
}

async function receiver(...answer: Parameters_<typeof startReceiver>): Promise<WebhookReceiver> {
  const started = await startReceiver(...answer);
  receivers.push(started);
  return started;
}
type Parameters_<F extends (...args: never[]) => unknown> = F extends (...args: infer A) => unknown ? A : never;

function subscriptionTo(endpoint: string, more: Partial<Subscription> = {}): Subscription {
  return {
    resourceType: 'Subscription',
    status: 'requested',
    reason: 'Hear of activities',
    criteria: 'HealthcareService',
    channel: { type: 'rest-hook', endpoint, payload: 'application/fhir+json' },
    ...more,
  };
}

async function subscribe(token: string | undefined, subscription: Subscription): Promise<Subscription> {
  const { status, body } = await send<Subscription>(token, 'POST', '/Subscription', { body: subscription });
  expect([status, body.status]).toEqual([201, 'active']);
  return body;
}

async function turnOff(token: string | undefined, subscription: Subscription): Promise<void> {
  await send(token, 'PUT', `/Subscription/${subscription.id ?? ''}`, { body: { ...subscription, status: 'off' } });
}

function activity(name: string): HealthcareService {
  return {
    resourceType: 'HealthcareService',
    active: true,
    providedBy: { reference: 'Organization/healthy-living' },
    name,
  };
}

async function addActivity(name: string, headers?: Record<string, string>): Promise<Sent<HealthcareService>> {
  const sent = { body: activity(name), ...(headers ? { headers } : {}) };
  return send<HealthcareService>(provider, 'POST', '/HealthcareService', sent);
}

function namesIn(received: readonly { body: string }[]): (string | undefined)[] {
  return received.map(({ body }) => (body === '' ? undefined : (JSON.parse(body) as HealthcareService).name));
}

async function statusOf({ id }: Subscription): Promise<Record<string, unknown>> {
  const { body } = await send<Parameters>(practice, 'GET', `/Subscription/${id ?? ''}/$status`);
  return Object.fromEntries(
    (body.parameter ?? []).map(({ name, valueCode, valueUnsignedInt, valueInstant }) => [
      name,
      valueCode ?? valueUnsignedInt ?? valueInstant,
    ]),
  );
}

async function eventually(subscription: Subscription, wished: Record<string, unknown>): Promise<void> {
  const deadline = Date.now() + 15_000;
  const isThere = (status: Record<string, unknown>) =>
    Object.entries(wished).every(([name, value]) => status[name] === value);
  let status = await statusOf(subscription);
  while (!isThere(status) && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    status = await statusOf(subscription);
  }
  expect(status).toMatchObject(wished);
}

describe('a subscriber', () => {
  it('is told of a change that meets its criteria, with the resource as it was committed', async () => {
    const hook = await receiver();
    const header = ['Authorization: Bearer of-the-subscriber'];
    const channel = { ...subscriptionTo(hook.url('/hook?key=1')).channel, header };
    const subscription = await subscribe(
      practice,
      subscriptionTo('', { criteria: 'HealthcareService?name=walks&active=true', channel }),
    );

    await addActivity('Swimming');
    const added = await addActivity('Walks on the moor', { 'x-correlation-id': 'the-conversation' });
    const changed = await send(provider, 'PUT', `/HealthcareService/${added.body.id ?? ''}`, {
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
      },
    ]);
    await eventually(subscription, { status: 'active', pending: 0, delivered: 2, failed: 0, cancelled: 0 });
    expect(await statusOf(subscription)).toHaveProperty('last-success');
  });

  it('that wants no payload gets an empty body', async () => {
    const hook = await receiver();
    await subscribe(practice, subscriptionTo('', { channel: { type: 'rest-hook', endpoint: hook.url() } }));
    await addActivity('Singing');
    const [notification] = await hook.have(1);
    expect([
      notification?.body,
      notification?.headers['content-type'],
      notification?.headers['content-length'],
    ]).toEqual(['', undefined, '0']);
  });

  it('that fails is called again with the same event, and before any later one', async () => {
    const hook = await receiver((response, _received, at) => response.writeHead(at === 1 ? 503 : 200).end());
    const subscription = await subscribe(practice, subscriptionTo(hook.url()));
    await addActivity('First');
    await addActivity('Second');
    const received = await hook.have(3);
    expect(namesIn(received)).toEqual(['First', 'First', 'Second']);
    expect(received.map(({ headers }) => headers['x-ginnel-delivery-attempt'])).toEqual(['1', '2', '1']);
    expect(received[1]?.headers['x-ginnel-event-id']).toBe(received[0]?.headers['x-ginnel-event-id']);
    await eventually(subscription, { delivered: 2, pending: 0 });
    expect(await statusOf(subscription)).toHaveProperty('last-failure');
  });

  it('is not followed where it redirects to', async () => {
    const elsewhere = await receiver();
    const hook = await receiver((response, _received, at) =>
      response.writeHead(at === 1 ? 307 : 200, at === 1 ? { location: elsewhere.url() } : {}).end(),
    );
    await subscribe(practice, subscriptionTo(hook.url()));
    await addActivity('Baking');
    await hook.have(2);
    expect(elsewhere.received).toEqual([]);
  });

  it('that fails for a day gets the error, and goes on when it asks to', async () => {
    let isUp = false;
    const hook = await receiver((response) => response.writeHead(isUp ? 200 : 500).end());
    const subscription = await subscribe(practice, subscriptionTo(hook.url()));
    await addActivity('Lost');
    await eventually(subscription, { pending: 1 });
    await addActivity('Lost behind it');
    await hook.have(1);
    clockAhead += day;
    await eventually(subscription, { status: 'error', pending: 0, failed: 2 });
    const { body } = await send<Subscription>(practice, 'GET', `/Subscription/${subscription.id ?? ''}`);
    expect(body.error).toBe(
      'No notification could be delivered for 24 hours; the last try ended with HTTP status 500.',
    );

    isUp = true;
    const before = hook.received.length;
    const again = await send<Subscription>(practice, 'PUT', `/Subscription/${body.id ?? ''}`, {
      body: { ...body, status: 'requested' },
    });
    expect([again.status, again.body.status, again.body.error]).toEqual([200, 'active', undefined]);
    await addActivity('Found');
    const received = await hook.have(before + 1);
    expect(namesIn(received).at(-1)).toBe('Found');
  });

  it('that answers 410 is turned off', async () => {
    const hook = await receiver((response) => response.writeHead(410).end());
    const subscription = await subscribe(practice, subscriptionTo(hook.url()));
    await addActivity('Gone');
    await eventually(subscription, { status: 'off', pending: 0, cancelled: 1 });
    const { body } = await send<Subscription>(practice, 'GET', `/Subscription/${subscription.id ?? ''}`);
    expect(body.error).toBe('The endpoint answered 410 (gone) and was turned off.');
  });

  it('that moves its endpoint is called there at once', async () => {
    const broken = await receiver((response) => response.writeHead(500).end());
    const hook = await receiver();
    const subscription = await subscribe(practice, subscriptionTo(broken.url()));
    await addActivity('Moving');
    await broken.have(1);
    await send(practice, 'PUT', `/Subscription/${subscription.id ?? ''}`, {
      body: { ...subscription, channel: { ...subscription.channel, endpoint: hook.url() } },
    });
    expect(namesIn(await hook.have(1))).toEqual(['Moving']);
  });

  it('that turns itself off hears nothing more, of what waits neither', async () => {
    const hook = await receiver((response) => response.writeHead(500).end());
    const witness = await receiver();
    const subscription = await subscribe(practice, subscriptionTo(hook.url()));
    await subscribe(practice, subscriptionTo(witness.url()));
    await addActivity('Before');
    await hook.have(1);
    await turnOff(practice, subscription);
    await eventually(subscription, { status: 'off', pending: 0, cancelled: 1 });
    const heard = hook.received.length;
    await addActivity('After');
    await witness.have(2);
    expect([hook.received.length, (await statusOf(subscription)).cancelled]).toEqual([heard, 1]);
  });

  it('whose time is over is turned off', async () => {
    const hook = await receiver();
    const witness = await receiver();
    const end = new Date(Date.now() + clockAhead + 3_600_000).toISOString();
    const subscription = await subscribe(practice, subscriptionTo(hook.url(), { end }));
    await subscribe(practice, subscriptionTo(witness.url()));
    await addActivity('In time');
    await Promise.all([hook.have(1), witness.have(1)]);
    clockAhead += 3_600_000;
    await addActivity('Too late');
    await witness.have(2);
    await running.app.get(TendSubscriptions, { strict: false }).execute();
    expect([hook.received.length, (await statusOf(subscription)).status]).toEqual([1, 'off']);
  });

  it('is sent again what a process was sending when it died', async () => {
    const unanswered: (() => void)[] = [];
    const hook = await receiver((response, _received, at) => {
      if (at === 1) unanswered.push(() => response.end());
      else response.end();
    });
    const subscription = await subscribe(practice, subscriptionTo(hook.url()));
    await addActivity('Interrupted');
    await hook.have(1);
    clockAhead += 61_000;
    const [first, second] = await hook.have(2);
    unanswered.forEach((answer) => {
      answer();
    });
    expect([second?.headers['x-ginnel-event-id'], second?.headers['x-ginnel-delivery-attempt']]).toEqual([
      first?.headers['x-ginnel-event-id'],
      '2',
    ]);
    await eventually(subscription, { delivered: 1, pending: 0 });
  });

  it('is told once and in order by two processes together', async () => {
    const hook = await receiver();
    const subscription = await subscribe(practice, subscriptionTo(hook.url()));
    const another = await start();
    const { body } = await addActivity('0');
    for (let version = 1; version < 20; version += 1) {
      const changed = { ...body, name: String(version) };
      await send(provider, 'PUT', `/HealthcareService/${body.id ?? ''}`, { body: changed });
    }
    await hook.have(20);
    await eventually(subscription, { delivered: 20, pending: 0 });
    await another.stop();
    expect(namesIn(hook.received)).toEqual(Array.from({ length: 20 }, (_, version) => String(version)));
  });
});

describe('what a subscriber may not see', () => {
  it('it is not told of', async () => {
    const [ofPractice, ofGym] = [await receiver(), await receiver()];
    await subscribe(practice, subscriptionTo(ofPractice.url()));
    await subscribe(gym, subscriptionTo(ofGym.url()));
    const resource = { ...activity('For the gym alone'), id: 'private-one' };
    const act = { agent: 'test', interaction: 'create', correlationId: 'test' };
    await directory().commit([{ interaction: 'create', resource, audience: ['green-gym'] }], act);
    expect(namesIn(await ofGym.have(1))).toEqual(['For the gym alone']);
    await addActivity('For everybody');
    await Promise.all([ofGym.have(2), ofPractice.have(1)]);
    expect([namesIn(ofGym.received), namesIn(ofPractice.received)]).toEqual([
      ['For the gym alone', 'For everybody'],
      ['For everybody'],
    ]);
  });

  it("are others' Subscriptions", async () => {
    const hook = await receiver();
    const subscription = await subscribe(gym, subscriptionTo(hook.url()));
    const path = `/Subscription/${subscription.id ?? ''}`;
    const tries = await Promise.all([
      send(practice, 'GET', path),
      send(practice, 'GET', `${path}/$status`),
      send(practice, 'GET', `${path}/_history/1`),
      send(practice, 'PUT', path, { body: { ...subscription, status: 'off' } }),
    ]);
    const { body } = await send<Bundle>(practice, 'GET', `/Subscription?url=${encodeURIComponent(hook.url())}`);
    expect([tries.map(({ status }) => status), body.entry]).toEqual([[404, 404, 404, 404], undefined]);
    expect(tries.map(({ text }) => text).join('')).not.toContain(hook.host);
  });
});

describe('an event without its resource', () => {
  it('is told to those who want every event of the type, and to nobody with parameters', async () => {
    const [all, some] = [await receiver(), await receiver()];
    await subscribe(practice, subscriptionTo(all.url()));
    await subscribe(practice, subscriptionTo(some.url(), { criteria: 'HealthcareService?active=true' }));
    const { body } = await addActivity('Short-lived');
    const act = { agent: 'test', interaction: 'delete', correlationId: 'test' };
    const { id = '' } = body;
    await directory().commit(
      [{ interaction: 'delete', type: 'HealthcareService', id, audience: ['public'], version: 1 }],
      act,
    );
    await all.have(2);
    await addActivity('The next');
    await Promise.all([all.have(3), some.have(2)]);
    expect([namesIn(all.received), namesIn(some.received)]).toEqual([
      ['Short-lived', undefined, 'The next'],
      ['Short-lived', 'The next'],
    ]);
    const metrics = await (await fetch(`${running.url}/metrics`)).text();
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
    const { status, body } = await send<OperationOutcome>(practice, 'POST', '/Subscription', {
      body: { ...subscription, channel: { ...subscription.channel, ...channel } },
    });
    expect([status, body.issue.map(({ expression, diagnostics }) => [expression, diagnostics])]).toEqual([
      422,
      [[[`Subscription.${element}`], said]],
    ]);
  });

  it.each([
    ['does not say what it listens to', practice, { criteria: 'HealthcareService?nosuch=1' }, 422],
    ['asks to be what only the server makes it', practice, { status: 'error' as const }, 422],
    ['listens to what its role may not read', provider, { criteria: 'MeasureReport' }, 422],
    ['is of a role that may have none', analyst, {}, 403],
  ])('where it %s', async (_title, token, more, expected) => {
    const body = subscriptionTo('https://example.org/hook', more);
    expect((await send(token, 'POST', '/Subscription', { body })).status).toBe(expected);
  });
});

describe('a webhook', () => {
  it('says in one word what went wrong', async () => {
    const endless = await receiver((response) => {
      response.writeHead(200);
      const write = (): void => {
        if (!response.destroyed) response.write(Buffer.alloc(16 * 1024), write);
      };
      write();
    });
    const cut = await receiver((response) => {
      response.socket?.destroy();
    });
    const stopped = await startReceiver();
    await stopped.stop();
    const sendWebhook = running.app.get(SendWebhook, { strict: false });
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
    const { body: created } = await send<HealthcareService>(provider, 'POST', '/HealthcareService', {
      body: {
        ...activity('Differential walk'),
        category: [{ coding: [{ system: 'http://example.org/s', code: 'a' }, { code: 'b' }] }],
      },
    });
    const query = new URLSearchParams(`${criteria}&_id=${created.id ?? ''}`);
    const { body } = await send<Bundle>(practice, 'GET', `/HealthcareService?${query.toString()}`);
    expect(matches(criteriaOf(`HealthcareService?${criteria}`), created)).toBe(body.entry !== undefined);
  });
});

describe('afterwards', () => {
  it('no settled delivery holds a resource, and each service of the process answers for itself', async () => {
    const services = running.app.get(Service, { strict: false, each: true });
    const rows = await services
      .find(({ definition }) => definition.name === 'subscriptions')
      ?.database.as(['*'])
      .query({ text: `SELECT state FROM delivery WHERE payload IS NOT NULL AND state <> 'pending'` });
    expect(rows).toEqual([]);
    expect((await fetch(`${running.url}/health/ready`)).status).toBe(200);
  });
});

function directory(): FhirStore {
  const stores = running.app.get(FhirStore, { strict: false, each: true });
  const found = stores.find((store) => store.holds('HealthcareService'));
  if (!found) throw new Error('The activity directory is not running.');
  return found;
}
