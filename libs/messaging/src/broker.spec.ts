import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { testInfrastructure } from '#testing';
import { install, type Installation } from '../test/installation.js';
import { Broker } from './broker.js';
import { ensureStream, streamNameOf } from './stream.js';

describe('Broker', () => {
  const { natsUrl: url, natsMonitorUrl: monitorUrl } = testInfrastructure();
  const name = 'broker-spec';

  it('is durable when the monitoring says that every write is synced', async () => {
    const broker = await Broker.connect({ url, name, monitorUrl });
    expect([await broker.brokerIsDurable(), await broker.problem(), broker.connected]).toEqual([true, undefined, true]);
    await broker.close();
    expect([await broker.brokerIsDurable(), broker.connected]).toEqual([false, false]);
  });

  it('takes the word of an operator where there is no monitoring', async () => {
    const broker = await Broker.connect({ url, name, assertSync: true });
    expect(await broker.brokerIsDurable()).toBe(true);
    await broker.close();
  });

  it('refuses to start where nothing proves durability', async () => {
    await expect(Broker.connect({ url, name })).rejects.toThrow(
      'Nothing proves that NATS writes to disk before it acknowledges: set NATS_MONITOR_URL to its monitoring address, ' +
        'or assert by configuration that its sync_interval is always.',
    );
  });

  it('refuses a server that acknowledges before it writes to disk', async () => {
    const lazy = await monitoring({ jetstream: { config: { sync_interval: 120_000_000_000 } } });
    await expect(Broker.connect({ url, name, monitorUrl: `${monitorUrl},${lazy.url}` })).rejects.toThrow(
      `NATS at ${lazy.url} acknowledges before it writes to disk: set sync_interval: always in its jetstream block.`,
    );
    lazy.server.close();
  });

  it('sends nothing in the clear to a server that speaks no TLS where the address asks for it', async () => {
    const encrypted = url.replace('nats://', 'tls://');
    await expect(Broker.connect({ url: encrypted, name, monitorUrl })).rejects.toThrow('No NATS server lets us in at');
  });

  it('refuses a monitoring address where nobody answers', async () => {
    await expect(Broker.connect({ url, name, monitorUrl: 'http://127.0.0.1:1' })).rejects.toThrow(
      'The monitoring of NATS at http://127.0.0.1:1 does not answer: correct NATS_MONITOR_URL.',
    );
  });

  it('says where it looked for a server that is not there, without the password', async () => {
    await expect(Broker.connect({ url: 'nats://ginnel:secret@127.0.0.1:1', name, monitorUrl })).rejects.toThrow(
      'No NATS server lets us in at nats://127.0.0.1:1: start it, or correct NATS_URL.',
    );
  });
});

describe('ensureStream', () => {
  let installation: Installation;
  beforeEach(async () => {
    installation = await install({ limits: { maxAgeDays: 2, maxBytes: 10_000_000 } });
  });
  afterEach(() => installation.close());

  it('makes one stream of files for all facts, however many services start together', async () => {
    const { broker } = installation;
    const lives = await Promise.all([1, 2, 3].map(() => ensureStream(broker)));
    expect(new Set(lives.map(({ created }) => created)).size).toBe(1);
    const { config } = await broker.management.streams.info(streamNameOf(broker));
    expect(config).toMatchObject({
      subjects: [`${broker.namespace}.*.*.*.*`],
      storage: 'file',
      retention: 'limits',
      discard: 'new',
      max_age: 2 * 86_400 * 1e9,
      max_bytes: 10_000_000,
      duplicate_window: 120 * 1e9,
      num_replicas: 1,
    });
  });

  it('brings a stream to other limits and keeps its events', async () => {
    const { broker } = installation;
    const { created } = await ensureStream(broker);
    await broker.jetStream.publish(`${broker.namespace}.referral.Task.task-created.a`, '{}');
    await broker.management.streams.update(streamNameOf(broker), { max_bytes: 5_000_000, discard: 'old' });
    expect(await ensureStream(broker)).toEqual({ created, trimmed: false });
    const { config, state } = await broker.management.streams.info(streamNameOf(broker));
    expect([config.max_bytes, config.discard, state.messages]).toEqual([10_000_000, 'new', 1]);
  });

  it('refuses a stream in memory', async () => {
    const { broker } = installation;
    const subjects = [`${broker.namespace}.*.*.*.*`];
    await broker.management.streams.add({ name: streamNameOf(broker), subjects, storage: 'memory' });
    await expect(ensureStream(broker)).rejects.toThrow(`Stream ${streamNameOf(broker)} cannot be used: its storage`);
  });

  it('does not hear questions', async () => {
    const { broker } = installation;
    await ensureStream(broker);
    const subject = `${broker.namespace}-ask.referral.read`;
    await expect(broker.jetStream.publish(subject, '{}', { timeout: 500 })).rejects.toThrow();
  });
});

async function monitoring(settings: unknown): Promise<{ url: string; server: Server }> {
  const server = createServer((_, response) => response.end(JSON.stringify(settings)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}` };
}
