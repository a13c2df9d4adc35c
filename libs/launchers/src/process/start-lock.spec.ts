import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFolder } from '../test/folders.js';
import { identityOf } from './process-identity.js';
import { takeStartLock } from './start-lock.js';

describe('the lock on a data folder', () => {
  const { folder, remove } = openFolder();
  const place = join(folder, 'store');
  afterAll(remove);

  it('is held by one and free after its release', async () => {
    const lock = await takeStartLock(place, 'nats-server');
    await expect(takeStartLock(place, 'nats-server')).rejects.toThrow(`nats-server already runs on ${place}`);
    lock.release();
    const next = await takeStartLock(place, 'nats-server');
    next.release();
    expect(existsSync(`${place}.lock`)).toBe(false);
  });

  it('is taken over from a launcher that is gone, even when another process bears its number by now', async () => {
    const dead = { pid: process.pid, identity: 'an earlier process' };
    writeFileSync(`${place}.lock`, JSON.stringify({ launcher: dead, server: dead }));
    const lock = await takeStartLock(place, 'nats-server');
    expect(JSON.parse(readFileSync(`${place}.lock`, 'utf8'))).toEqual({
      launcher: { pid: process.pid, identity: identityOf(process.pid) },
    });
    lock.release();
  });

  it('is taken over when it cannot be read', async () => {
    writeFileSync(`${place}.lock`, '{');
    const lock = await takeStartLock(place, 'nats-server');
    lock.release();
  });

  it('waits for the server that the dead launcher left', async () => {
    const server = spawn(process.execPath, ['--eval', 'process.stdin.resume()']);
    await once(server, 'spawn');
    const pid = server.pid ?? 0;
    writeFileSync(
      `${place}.lock`,
      JSON.stringify({ launcher: { pid: 1, identity: 'gone' }, server: { pid, identity: identityOf(pid) } }),
    );
    const taking = takeStartLock(place, 'nats-server');
    server.stdin.end();
    const lock = await taking;
    expect(identityOf(pid)).toBeUndefined();
    lock.release();
  });

  it('goes to exactly one of many that find a dead one', async () => {
    writeFileSync(`${place}.lock`, JSON.stringify({ launcher: { pid: 1, identity: 'gone' } }));
    const takings = await Promise.allSettled(Array.from({ length: 20 }, () => takeStartLock(place, 'nats-server')));
    const taken = takings.filter((taking) => taking.status === 'fulfilled');
    expect(taken).toHaveLength(1);
    taken[0]?.value.release();
  });
});
