import { execFileSync } from 'node:child_process';
import { readFileSync, statfsSync } from 'node:fs';
import { arch, cpus, loadavg, platform, totalmem } from 'node:os';
import type { Installation } from './installation.js';

/** What the numbers depend on; refuses settings that would flatter them. */
export async function machineOf({ admin, folder, infrastructure }: Installation): Promise<Record<string, unknown>> {
  const postgres = await postgresOf(admin);
  const nats = await natsOf(infrastructure.natsMonitorUrl);
  const { bsize, type } = statfsSync(folder);
  if (type === temporaryFilesystem)
    throw new Error('The data folder lies in memory: set TMPDIR to a folder on a disk.');
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    platform: `${platform()} ${arch()}`,
    loadBefore: loadavg().map((load) => Math.round(load * 100) / 100),
    filesystem: `type 0x${type.toString(16)}, blocks of ${String(bsize)}`,
    node: process.version,
    fastify: fastifyVersion(),
    postgres,
    nats,
  };
}

const temporaryFilesystem = 0x01021994;
const durable = ['fsync', 'synchronous_commit', 'full_page_writes'];

async function postgresOf(admin: Installation['admin']): Promise<Record<string, string>> {
  const names = [...durable, 'server_version', 'shared_buffers', 'wal_sync_method', 'max_connections'];
  const { rows } = await admin.query<{ name: string; value: string }>(
    'SELECT n AS name, current_setting(n) AS value FROM unnest($1::text[]) n',
    [names],
  );
  const settings = Object.fromEntries(rows.map(({ name, value }) => [name, value]));
  if (durable.some((name) => settings[name] !== 'on')) throw new Error('PostgreSQL does not write durably.');
  return settings;
}

async function natsOf(monitorUrl: string): Promise<Record<string, unknown>> {
  const answer = await fetch(new URL('/varz', monitorUrl), { signal: AbortSignal.timeout(3_000) });
  const { version, jetstream } = (await answer.json()) as {
    version: string;
    jetstream: { config: { sync_always?: boolean } };
  };
  if (jetstream.config.sync_always !== true) throw new Error('NATS acknowledges before it writes to disk.');
  return { version, syncAlways: true };
}

function fastifyVersion(): string {
  const { version } = JSON.parse(readFileSync('node_modules/fastify/package.json', 'utf8')) as { version: string };
  return version;
}

/** The commit that was measured, and whether files differ from it. */
export function commitOf(): { commit: string; changed: boolean } {
  try {
    const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim();
    return { commit: git('rev-parse', 'HEAD'), changed: git('status', '--porcelain', '--', 'apps', 'libs') !== '' };
  } catch {
    return { commit: 'unknown', changed: true };
  }
}
