import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startServer } from '../process/server-process.js';
import { openFolder, silent } from '../test/folders.js';
import { checkBroker } from './check-broker.js';
import { findNatsServer } from './find-nats-server.js';

describe('a broker that is given', () => {
  const { folder, remove } = openFolder();
  afterAll(remove);

  it('is refused without JetStream', async () => {
    await withBroker('', (broker) =>
      expect(checkBroker({ ...broker, syncsAlways: true })).rejects.toThrow(
        'The broker of NATS_URL has no JetStream for us: start it with JetStream (nats-server -js).',
      ),
    );
  });

  it('is refused when it acknowledges before the message is on disk, whatever is asserted', async () => {
    await withBroker(`jetstream { store_dir: ${JSON.stringify(join(folder, 'lazy'))} }`, (broker) =>
      expect(checkBroker({ ...broker, syncsAlways: true })).rejects.toThrow(
        'The broker of NATS_URL acknowledges messages before they are on disk: set jetstream { sync_interval: always } in its configuration.',
      ),
    );
  });

  it('needs a monitor that can be asked, or the assertion that it syncs every write', async () => {
    await withBroker(`jetstream { store_dir: ${JSON.stringify(join(folder, 'mute'))} }`, async ({ url }) => {
      await expect(checkBroker({ url, monitorUrl: undefined, syncsAlways: false })).rejects.toThrow(
        'Nothing tells whether the broker of NATS_URL syncs every write: set NATS_MONITOR_URL, or assert it with GINNEL_NATS_SYNC=always.',
      );
      await expect(checkBroker({ url, monitorUrl: 'http://127.0.0.1:1', syncsAlways: true })).rejects.toThrow(
        'The monitor of NATS_MONITOR_URL does not answer: check the address (nats-server option http).',
      );
      await expect(checkBroker({ url, monitorUrl: undefined, syncsAlways: true })).resolves.toBeUndefined();
    });
  });

  it('is asked with the login of its address', async () => {
    const store = JSON.stringify(join(folder, 'locked'));
    const configuration = `authorization { user: ginnel, password: "a:b" }\njetstream { store_dir: ${store}, sync_interval: always }`;
    await withBroker(configuration, async ({ url, monitorUrl }) => {
      const address = new URL(url);
      const login = `nats://ginnel:a%3Ab@${address.host}`;
      await expect(checkBroker({ url: login, monitorUrl, syncsAlways: false })).resolves.toBeUndefined();
      await expect(checkBroker({ url, monitorUrl, syncsAlways: false })).rejects.toThrow(
        'NATS_URL leads to no broker that lets us in (AuthorizationError): check address and login.',
      );
    });
  });

  it('is refused when nobody answers', async () => {
    const broker = { url: 'nats://127.0.0.1:1', monitorUrl: undefined, syncsAlways: true };
    await expect(checkBroker(broker)).rejects.toThrow(
      'NATS_URL leads to no broker that lets us in (ConnectionError): check address and login.',
    );
  });

  async function withBroker(
    configuration: string,
    work: (broker: { url: string; monitorUrl: string }) => Promise<void>,
  ) {
    const path = join(folder, 'nats.conf');
    writeFileSync(path, `listen: "127.0.0.1:-1"\nhttp: "127.0.0.1:-1"\n${configuration}\n`);
    const ports: Record<string, string> = {};
    const server = await startServer({
      command: (await findNatsServer(silent)).path,
      args: ['-c', path],
      isReady: (line) => {
        const [, what, port] = /(client connections|http monitor) on .*:(\d+)/.exec(line) ?? [];
        if (what !== undefined && port !== undefined) ports[what] = port;
        return line.includes('Server is ready');
      },
      onSpawn: silent,
    });
    try {
      await work({
        url: `nats://127.0.0.1:${ports['client connections'] ?? ''}`,
        monitorUrl: `http://127.0.0.1:${ports['http monitor'] ?? ''}`,
      });
    } finally {
      await server.stop();
    }
  }
});
