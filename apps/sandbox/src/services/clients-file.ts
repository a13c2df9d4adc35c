import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TokenClient } from '#auth';

/** For its owner alone, and whole or not at all, whoever reads it meanwhile. */
export function writeClients(dataFolder: string, clients: readonly TokenClient[]): string {
  const file = join(dataFolder, 'sandbox-clients.json');
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  mkdirSync(dataFolder, { recursive: true });
  writeFileSync(draft, `${JSON.stringify(clients, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  renameSync(draft, file);
  return file;
}
