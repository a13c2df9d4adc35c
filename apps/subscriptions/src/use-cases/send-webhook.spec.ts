import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Platform, PlatformSettings } from '#service';
import { type Answer, startReceiver, type WebhookReceiver } from '../../../../test/webhook-receiver.js';
import { routeTo } from './egress-route.js';
import { SendWebhook } from './send-webhook.js';

/** As the sandbox has them. */
const loopbackHosts = ['127.0.0.1:*', 'localhost:*', '[::1]:*'];
const started: WebhookReceiver[] = [];

afterEach(() => Promise.all(started.splice(0).map((receiver) => receiver.stop())));

async function receiverThat(answer: Answer): Promise<WebhookReceiver> {
  const receiver = await startReceiver(answer);
  started.push(receiver);
  return receiver;
}

function send(endpoint: string, settings: Partial<PlatformSettings> = {}) {
  const platform = { now: () => new Date(), settings: { webhookHosts: ['127.0.0.1:*'], ...settings } };
  const webhook = { endpoint, headers: {}, body: '{}', timeoutMs: 500 };
  return new SendWebhook(platform as unknown as Platform).execute(webhook);
}

describe('a receiver on this machine', () => {
  it('is called by any name of it that is vouched for', async () => {
    const hook = await receiverThat((response) => response.end());
    const { port } = new URL(hook.url());
    const named = `http://localhost:${port}/hook`;
    expect(await send(named, { webhookHosts: loopbackHosts })).toEqual({ status: 200 });
    expect(await send(named, { webhookHosts: ['127.0.0.1:*'] })).toEqual({ failure: 'endpoint-not-allowed' });
  });

  it('is what localhost says, wherever a resolver would lead', async () => {
    const settings = { webhookHosts: loopbackHosts, egressProxy: undefined } as unknown as PlatformSettings;
    const { lookup } = await routeTo(new URL('http://localhost:9999/hook'), settings, {});
    const found = await new Promise((resolve) =>
      lookup?.('localhost', { all: true }, (_error, addresses) => {
        resolve(addresses);
      }),
    );
    expect(found).toEqual([
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]);
  });
});

describe('a call', () => {
  it('ends with the status of a receiver that would speak another protocol', async () => {
    const hook = await receiverThat((response) => {
      response.writeHead(101, { connection: 'Upgrade', upgrade: 'x' }).end();
    });
    expect(await send(hook.url())).toEqual({ status: 101 });
  });

  it('ends where only provisional answers come', async () => {
    const hook = await receiverThat((response) => {
      response.writeProcessing();
    });
    expect(await send(hook.url())).toEqual({ failure: 'timeout' });
  });

  it('ends with the status that was given, where the answer does not end', async () => {
    const hook = await receiverThat((response) => {
      response.writeHead(200).write('It goes on');
    });
    expect(await send(hook.url())).toEqual({ status: 200 });
  });

  it.each(['http', 'https'])(
    'of an address of %s ends where the egress proxy is silent, and so does its connection',
    async (scheme) => {
      const proxy = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
      await once(proxy, 'listening');
      const connected = once(proxy, 'connection') as Promise<[Socket]>;
      const egressProxy = `http://127.0.0.1:${String((proxy.address() as AddressInfo).port)}`;
      expect(await send(`${scheme}://127.0.0.1:1/hook`, { egressProxy })).toEqual({ failure: 'timeout' });
      const [socket] = await connected;
      if (!socket.closed) await once(socket, 'close');
      proxy.close();
      await once(proxy, 'close');
    },
  );
});
