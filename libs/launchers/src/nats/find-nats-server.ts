import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { arch, platform } from 'node:process';
import { delimiter, join } from 'node:path';
import { cacheFolder } from '../files/folders.js';
import { readSearchPlaces, serverEnvironment, type SearchPlaces } from '../launchers.config.js';
import { errorCode, onFolder, StartError } from '../start-error.js';
import { fetches, type Fetch } from './fetch-nats-server.js';
import { demandedVersion, isUsableVersion, printedVersion } from './nats-version.js';

export interface NatsServer {
  path: string;
  version: string;
  /** For people: where it came from. */
  source: string;
}

const program = platform === 'win32' ? 'nats-server.exe' : 'nats-server';

/** NATS_SERVER_BIN, then PATH, then the cache, then whatever way this machine has to fetch one into the cache. */
export async function findNatsServer(log: (line: string) => void, places = readSearchPlaces()): Promise<NatsServer> {
  if (places.natsServer !== undefined) return chosen(places.natsServer);
  const onPath = foundOnPath(places, log);
  if (onPath) return onPath;
  const folder = onFolder('the cache', () => cacheFolder(places));
  const cached = usable(join(folder, cachedName()), 'the cache');
  if (cached) return cached;
  for (const way of fetches) {
    const fetched = await attempt(way, { folder, log });
    if (fetched) return fetched;
  }
  throw new StartError(
    `No nats-server ${demandedVersion} was found or could be fetched: install it (brew, scoop, apt or nats.io/download) and put it on PATH or into NATS_SERVER_BIN, or set NATS_URL.`,
  );
}

function chosen(path: string): NatsServer {
  const version = versionOf(path);
  if (version === undefined)
    throw new StartError(`NATS_SERVER_BIN names ${path}, which is no nats-server that runs here.`);
  if (!isUsableVersion(version)) {
    throw new StartError(`NATS_SERVER_BIN names nats-server ${version}; Ginnel needs ${demandedVersion}.`);
  }
  return { path, version, source: 'NATS_SERVER_BIN' };
}

function foundOnPath(places: SearchPlaces, log: (line: string) => void): NatsServer | undefined {
  for (const folder of places.path.split(delimiter).filter((entry) => entry !== '')) {
    const path = join(folder, program);
    if (!existsSync(path)) continue;
    const found = usable(path, 'PATH');
    if (found) return found;
    log(`${path} is passed over: Ginnel needs nats-server ${demandedVersion}`);
  }
  return undefined;
}

// Fetched in a folder of its own and renamed into the cache, so that two processes at it do not disturb each other.
async function attempt(
  way: Fetch,
  { folder, log }: { folder: string; log: (line: string) => void },
): Promise<NatsServer | undefined> {
  const draft = mkdtempSync(join(folder, 'fetch-'));
  try {
    log(`No nats-server here yet; trying ${way.source}`);
    const path = await way.fetch(draft);
    if (path === undefined || !usable(path, way.source)) {
      log(`${way.source} is nothing for this machine`);
      return undefined;
    }
    const place = join(folder, cachedName());
    const whole = join(draft, 'nats-server.whole');
    copyFileSync(path, whole);
    chmodSync(whole, 0o755);
    mkdirSync(join(place, '..'), { recursive: true });
    renameSync(whole, place);
    return usable(place, `${way.source}, kept in ${place}`);
  } catch (error) {
    log(`${way.source} did not work (${reason(error)})`);
    return undefined;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function cachedName(): string {
  return join(`nats-server-${platform}-${arch}`, program);
}

function usable(path: string, source: string): NatsServer | undefined {
  const version = versionOf(path);
  return version !== undefined && isUsableVersion(version) ? { path, version, source } : undefined;
}

function versionOf(path: string): string | undefined {
  const { status, stdout } = spawnSync(path, ['--version'], {
    encoding: 'utf8',
    env: serverEnvironment(),
    timeout: 10_000,
  });
  return status === 0 ? printedVersion(stdout) : undefined;
}

// The command line that failed may hold the address of this machine's mirror: only the kind of failure is told.
function reason(error: unknown): string {
  const code = errorCode(error);
  if (code === 'ENOENT') return 'the tool is not installed';
  return code ?? (error instanceof Error && 'code' in error ? `it ended with ${String(error.code)}` : 'it failed');
}
