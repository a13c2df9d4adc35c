import { once } from 'node:events';
import { type AddressInfo, createServer, type LookupFunction, type Server } from 'node:net';
import type { OperationOutcome, Subscription } from 'fhir/r4';
import { SendWebhook } from '../apps/subscriptions/src/use-cases/send-webhook.js';
import { type HostileEndpoint, hostileEndpoints } from './hostile-endpoints.js';
import { topicSubscription } from './subscription-notices.js';
import { subscriptionTo, SubscriptionsWorld } from './subscriptions-world.js';
import { startReceiver, type WebhookReceiver } from './webhook-receiver.js';

let world: SubscriptionsWorld;
let redirector: WebhookReceiver;
let corpus: HostileEndpoint[];
const listeners: Server[] = [];
/** What was connected to beside Ginnel, which nothing may be. */
let connections = 0;
/** True once names lead elsewhere than when they were looked at first. */
let isRebound = false;
let location = '';

/** One that counts who comes, on each loopback address that the machine has. */
async function listenInside(): Promise<number> {
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  listeners.push(server);
  const { port } = server.address() as AddressInfo;
  const six = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  six.on('error', () => undefined);
  six.listen(port, '::1');
  listeners.push(six);
  return port;
}

const lookup: LookupFunction = (hostname, _options, answer) => {
  const known = corpus.find(({ endpoint }) => endpoint.startsWith(`https://${hostname}:`))?.addresses;
  if (!known) {
    answer(Object.assign(new Error('No such name.'), { code: 'ENOTFOUND' }), []);
    return;
  }
  const addresses = known[isRebound ? 1 : 0];
  answer(
    null,
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
  );
};

beforeAll(async () => {
  const port = await listenInside();
  corpus = hostileEndpoints(port);
  const statuses = [301, 302, 303, 307, 308];
  redirector = await startReceiver((response, _received, at) =>
    response.writeHead(statuses[at % statuses.length] ?? 302, { location }).end(),
  );
  world = await SubscriptionsWorld.start({ webhookHosts: [redirector.host], lookup });
});

afterAll(async () => {
  await world.stop();
  await redirector.stop();
  listeners.forEach((server) => server.close());
});

function send(endpoint: string) {
  return world.running.app.get(SendWebhook, { strict: false }).execute({ endpoint, headers: {}, body: '{}' });
}

describe('an endpoint that leads to the machines beside Ginnel', () => {
  it('is in a corpus of five hundred', () => {
    expect(new Set(corpus.map(({ endpoint }) => endpoint)).size).toBeGreaterThanOrEqual(500);
  });

  it('is refused when a Subscription names it, of either kind', async () => {
    const taken: string[] = [];
    for (const { endpoint, addresses } of corpus) {
      const isPublicYet = addresses?.[0].every((address) => address === '93.184.215.14') === true;
      if (isPublicYet) continue;
      for (const body of [subscriptionTo(endpoint), topicSubscription('capacity-changed', endpoint)]) {
        const answer = await world.send<OperationOutcome>('practice', 'POST', '/Subscription', { body });
        if (![400, 422].includes(answer.status)) taken.push(`${endpoint} ${String(answer.status)}`);
      }
    }
    expect([taken, connections]).toEqual([[], 0]);
  }, 180_000);

  it('is refused at each call, wherever its name leads by then', async () => {
    isRebound = true;
    const outcomes = await Promise.all(
      corpus.map(async ({ endpoint }) => ({ endpoint, outcome: await send(endpoint) })),
    );
    isRebound = false;
    const others = outcomes.filter(
      ({ outcome }) => !('failure' in outcome && ['endpoint-not-allowed', 'host-not-public'].includes(outcome.failure)),
    );
    expect([others, connections]).toEqual([[], 0]);
  }, 60_000);

  it('is not called by a Subscription that was made while its name was public', async () => {
    const { endpoint = '' } = corpus.find((one) => one.endpoint.includes('rebinds-0')) ?? {};
    isRebound = false;
    const { status, body } = await world.send<Subscription>('practice', 'POST', '/Subscription', {
      body: subscriptionTo(endpoint),
    });
    expect(status).toBe(201);
    isRebound = true;
    await world.addActivity('Told to nobody inside');
    await world.eventuallyFails(body);
    isRebound = false;
    await world.turnOff('practice', body);
    expect(connections).toBe(0);
  });

  it('is not followed to by a redirect', async () => {
    const targets = corpus.filter((_one, at) => at % 25 === 0);
    for (const { endpoint } of targets) {
      location = encodeURI(endpoint).replaceAll(/[\r\n]/g, '');
      await send(redirector.url());
    }
    expect([redirector.received.length, connections]).toEqual([targets.length, 0]);
  });
});
