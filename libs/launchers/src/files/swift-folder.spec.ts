import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { swiftFolder } from './swift-folder.js';

describe('the folder of servers of tests', () => {
  it('is the one that TMPDIR names', () => {
    expect(swiftFolder('/dev/shm', '/var/tmp/mine')).toBe('/var/tmp/mine');
  });

  it('is the usual one where there is none in memory', () => {
    expect(swiftFolder('/absent', '/tmp')).toBe('/tmp');
  });

  it('is the usual one where the other is on a disk', () => {
    const onDisk = mkdtempSync(join(process.cwd(), '.swift-'));
    const folder = swiftFolder(onDisk, '/tmp');
    rmSync(onDisk, { recursive: true });
    expect(folder).toBe('/tmp');
  });
});
