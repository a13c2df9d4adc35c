import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { StartError } from '../start-error.js';
import { openFolder, silent } from '../test/folders.js';
import { checkBroker } from './check-broker.js';
import { natsFault, startNats } from './start-nats.js';

describe('the nats-server of our own', () => {
  const { folder, remove } = openFolder();
  const storeFolder = join(folder, 'nats');
  afterAll(remove);

  it('has JetStream and syncs every write', async () => {
    const nats = await startNats({ storeFolder, log: silent });
    try {
      await expect(
        checkBroker({ url: nats.url, monitorUrl: nats.monitorUrl, syncsAlways: false }),
      ).resolves.toBeUndefined();
    } finally {
      await nats.stop();
    }
  });

  it('keeps what it acknowledged when it is killed, and says that it ended', async () => {
    const nats = await startNats({ storeFolder, log: silent });
    const connection = await connect({ servers: nats.url, reconnect: false });
    await (await jetstreamManager(connection)).streams.add({ name: 'kept', subjects: ['kept'] });
    await jetstream(connection).publish('kept', 'once');
    process.kill(serverOf(storeFolder), 'SIGKILL');
    await expect(nats.failed).resolves.toEqual(
      new StartError('nats-server ended without having been asked to (SIGKILL).'),
    );
    await connection.closed();

    const again = await startNats({ storeFolder, log: silent });
    const later = await connect({ servers: again.url });
    const { state } = await (await jetstreamManager(later)).streams.info('kept');
    expect(state.messages).toBe(1);
    await later.close();
    await again.stop();
  });

  it('refuses a second start on the same store', async () => {
    const nats = await startNats({ storeFolder, log: silent });
    try {
      await expect(startNats({ storeFolder, log: silent })).rejects.toEqual(
        new StartError(
          `nats-server already runs on ${storeFolder} (process ${String(process.pid)}): stop that one first, or choose another folder with GINNEL_DATA.`,
        ),
      );
    } finally {
      await nats.stop();
    }
  });

  it.each(['port', 'monitorPort'])('refuses a %s that is in use', async (name) => {
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const address = listener.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    await expect(startNats({ storeFolder, log: silent, [name]: port })).rejects.toEqual(
      new StartError(
        `Port ${String(port)}, which nats-server was to listen on, is in use: stop what listens there, or choose another port.`,
      ),
    );
    listener.close();
  });

  it.each([
    [
      "[FTL] Can't start JetStream: write meta.inf: no space left on device",
      'The disk that holds /data/nats is full: free some space, or choose another folder with GINNEL_DATA.',
    ],
    [
      "[FTL] Can't start JetStream: storage directory is not a directory",
      'This user may not read and write /data/nats: give it that right, or choose another folder with GINNEL_DATA.',
    ],
    [
      "[INF] Starting\n[7] 2026/11/21 [FTL] Can't start JetStream: something else",
      "nats-server did not start on /data/nats: Can't start JetStream: something else",
    ],
  ])('%j becomes one sentence', (output, sentence) => {
    expect(natsFault(output, { storeFolder: '/data/nats' })).toEqual(new StartError(sentence));
  });
});

function serverOf(storeFolder: string): number {
  const lock = JSON.parse(readFileSync(`${storeFolder}.lock`, 'utf8')) as { server: { pid: number } };
  return lock.server.pid;
}
