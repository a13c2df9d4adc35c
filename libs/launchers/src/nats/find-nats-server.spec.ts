import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { openFolder, silent } from '../test/folders.js';
import { findNatsServer } from './find-nats-server.js';
import { isUsableVersion } from './nats-version.js';

describe('the nats-server that is taken', () => {
  const { folder, remove } = openFolder();
  const cacheHome = join(folder, 'cache');
  const cacheName = join('ginnel', `nats-server-${process.platform}-${process.arch}`);
  const old = program('old', '2.9.10');
  const recent = program('recent', '2.10.27');
  const newer = program('newer', '2.12.1');
  const cached = program(join('cache', cacheName), '2.11.0');
  afterAll(remove);

  it('is the one of NATS_SERVER_BIN before all others', async () => {
    const found = await findNatsServer(silent, { natsServer: newer, path: join(folder, 'recent'), cacheHome });
    expect(found).toEqual({ path: newer, version: '2.12.1', source: 'NATS_SERVER_BIN' });
  });

  it('is never another one than NATS_SERVER_BIN names', async () => {
    const path = join(folder, 'recent');
    await expect(findNatsServer(silent, { natsServer: old, path, cacheHome })).rejects.toThrow(
      'NATS_SERVER_BIN names nats-server 2.9.10; Ginnel needs 2.10 or later, but not 2.10.20 to 2.10.22.',
    );
    await expect(findNatsServer(silent, { natsServer: join(folder, 'none'), path, cacheHome })).rejects.toThrow(
      `NATS_SERVER_BIN names ${join(folder, 'none')}, which is no nats-server that runs here.`,
    );
  });

  it('is the first on PATH that is recent enough', async () => {
    const said: string[] = [];
    const path = ['old', 'recent', 'newer'].map((name) => join(folder, name)).join(delimiter);
    const found = await findNatsServer((line) => said.push(line), { natsServer: undefined, path, cacheHome });
    expect(found).toEqual({ path: recent, version: '2.10.27', source: 'PATH' });
    expect(said).toEqual([`${old} is passed over: Ginnel needs nats-server 2.10 or later, but not 2.10.20 to 2.10.22`]);
  });

  it('is the one fetched before, where PATH has none', async () => {
    const found = await findNatsServer(silent, { natsServer: undefined, path: '', cacheHome });
    expect(found).toEqual({ path: cached, version: '2.11.0', source: 'the cache' });
  });

  it.each([
    ['2.9.10', false],
    ['2.10.0', true],
    ['2.10.20', false],
    ['2.10.22', false],
    ['2.10.27', true],
    ['2.12.1-RC.1', true],
    ['3.0.0', true],
    ['', false],
  ])('may be of version %j: %j', (version, usable) => {
    expect(isUsableVersion(version)).toBe(usable);
  });

  function program(name: string, version: string): string {
    const path = join(folder, name, 'nats-server');
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(path, `#!/bin/sh\necho "nats-server: v${version}"\n`);
    chmodSync(path, 0o755);
    return path;
  }
});
