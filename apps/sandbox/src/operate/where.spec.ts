import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '#launchers';
import { announce, findPlace, runningUrl } from './where.js';

describe('a sandbox that said where it is', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ginnel-where-'));
  let server: Server;
  let port: number;

  beforeEach(async () => {
    port = await freePort();
    server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const at = `127.0.0.1:${String(port)}`;
    announce(folder, { databaseUrl: `postgres://${at}/x`, natsUrl: `nats://${at}`, url: `http://${at}` });
  });
  afterEach(() => {
    server.close();
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('is found while it is up', async () => {
    expect(await runningUrl(folder)).toBe(`http://127.0.0.1:${String(port)}`);
    expect((await findPlace(folder)).natsUrl).toBe(`nats://127.0.0.1:${String(port)}`);
  });

  it('is not taken for up when it was killed', async () => {
    await new Promise((resolve) => server.close(resolve));
    expect(await runningUrl(folder)).toBeUndefined();
  });
});
