import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { SendWebhook } from '../apps/subscriptions/src/use-cases/send-webhook.js';
import { namesIn, subscriptionTo, SubscriptionsWorld } from './subscriptions-world.js';
import { startReceiver, type WebhookReceiver } from './webhook-receiver.js';

let world: SubscriptionsWorld;
let receiver: WebhookReceiver;
let proxy: Server;
/** What the proxy was asked to connect to. */
const asked: string[] = [];

const addresses: Readonly<Record<string, string>> = {
  'practice.example': '93.184.215.14',
  'inside.example': '10.0.0.5',
};

beforeAll(async () => {
  receiver = await startReceiver();
  proxy = createServer().listen(0, '127.0.0.1');
  // It connects to the receiver alone, as a proxy with a list would.
  proxy.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    if (request.url !== receiver.host) {
      socket.end('HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    const [host = '', port = ''] = receiver.host.split(':');
    const out = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(out).pipe(socket);
    });
  });
  await once(proxy, 'listening');
  world = await SubscriptionsWorld.start({
    webhookHosts: [receiver.host],
    egressProxy: `http://127.0.0.1:${String((proxy.address() as AddressInfo).port)}`,
    lookup: (hostname, _options, answer) => {
      const address = addresses[hostname];
      if (address === undefined) answer(Object.assign(new Error('No such name.'), { code: 'ENOTFOUND' }), []);
      else answer(null, [{ address, family: 4 }]);
    },
  });
});

afterAll(async () => {
  await world.stop();
  await receiver.stop();
  proxy.close();
});

function send(endpoint: string) {
  return world.running.app.get(SendWebhook, { strict: false }).execute({ endpoint, headers: {}, body: '{}' });
}

describe('the egress proxy', () => {
  it('carries what is told', async () => {
    await world.subscribe('practice', subscriptionTo(receiver.url()));
    await world.addActivity('Through the proxy');
    expect([namesIn(await receiver.have(1)), asked]).toEqual([['Through the proxy'], [receiver.host]]);
  });

  it('is given the address that was looked at and no name, and its own answer is not the receiver’s', async () => {
    asked.length = 0;
    expect(await send('https://practice.example/hook')).toEqual({ failure: 'proxy-refused' });
    expect(asked).toEqual(['93.184.215.14:443']);
  });

  it('is not asked for an address inside', async () => {
    asked.length = 0;
    const outcomes = await Promise.all(['https://inside.example/hook', 'https://10.0.0.5/hook'].map(send));
    expect([outcomes, asked]).toEqual([[{ failure: 'host-not-public' }, { failure: 'endpoint-not-allowed' }], []]);
  });
});
