import { randomBytes } from 'node:crypto';
import {
  accessSync,
  chownSync,
  closeSync,
  constants,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { dirname, join } from 'node:path';
import { demandSpace } from '../files/folders.js';
import { serverEnvironment } from '../launchers.config.js';
import { programOf } from '../process/process-identity.js';
import { alreadyRuns } from '../process/start-lock.js';
import { diskIsFull, onFolder, StartError } from '../start-error.js';
import { postgresFault } from './faults.js';
import { type SystemUser } from './system-user.js';

/** A data folder of PostgreSQL, and as whom the server works on it. */
export interface Cluster {
  folder: string;
  user: SystemUser | undefined;
}

export const superuser = 'postgres';
const major = 18;
const passwordFile = 'ginnel-admin-password';
const megabytesToInitialise = 128;
const megabytesToStart = 32;

/** Makes the data folder where there is none, checks the one there is; returns the superuser's password. */
export async function prepareCluster(cluster: Cluster, initdb: string, durable: boolean): Promise<string> {
  const { folder } = cluster;
  const found = onFolder(folder, () => contentsOf(folder));
  if (found.length === 0) await initialise(cluster, initdb, durable);
  else
    onFolder(folder, () => {
      checkContents(folder, found);
    });
  demandSpace(folder, megabytesToStart);
  return onFolder(folder, () => readFileSync(join(folder, passwordFile), 'utf8'));
}

/**
 * A postmaster.pid that a crash left behind may name a process that is something else by now, and then PostgreSQL
 * refuses to start. It accepts its parent's number there; the rest of the file stays, because by it PostgreSQL knows
 * whether children of the dead server still use its memory.
 */
export function adoptStalePidFile(folder: string): void {
  const path = join(folder, 'postmaster.pid');
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return;
  const lines = readFileSync(path, 'utf8').split('\n');
  const pid = Number(lines[0]);
  if (programOf(pid) === 'postgres' && worksIn(pid, folder)) throw alreadyRuns(folder, 'PostgreSQL', pid);
  writeFileSync(path, [String(process.pid), ...lines.slice(1)].join('\n'));
}

// Where the system does not tell, a PostgreSQL of this number counts as the one that works here.
function worksIn(pid: number, folder: string): boolean {
  try {
    return readlinkSync(`/proc/${String(pid)}/cwd`) === realpathSync(folder);
  } catch {
    return true;
  }
}

function contentsOf(folder: string): string[] {
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) return [];
  accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  return readdirSync(folder);
}

function checkContents(folder: string, found: readonly string[]): void {
  if (!found.includes('PG_VERSION')) {
    throw new StartError(
      `${folder} holds something else than PostgreSQL's data: choose another folder with GINNEL_DATA.`,
    );
  }
  const version = readFileSync(join(folder, 'PG_VERSION'), 'utf8').trim();
  if (version !== String(major)) {
    throw new StartError(
      `${folder} holds data of PostgreSQL ${version}, this is PostgreSQL ${String(major)}: move the data with pg_upgrade, or choose another folder with GINNEL_DATA.`,
    );
  }
  if (!found.includes(passwordFile)) {
    throw new StartError(
      `${folder} was not made by Ginnel: set DATABASE_URL, or choose another folder with GINNEL_DATA.`,
    );
  }
}

// Made beside the final folder and renamed when whole, so that a crash in between leaves nothing that looks ready.
async function initialise({ folder, user }: Cluster, initdb: string, durable: boolean): Promise<void> {
  const draft = `${folder}.unfinished`;
  const password = randomBytes(24).toString('base64url');
  const draftPassword = `${draft}-password`;
  onFolder(folder, () => {
    demandSpace(dirname(folder), megabytesToInitialise);
    rmSync(draft, { recursive: true, force: true });
    rmSync(draftPassword, { force: true });
    mkdirSync(draft, { mode: 0o700 });
    writeOwned(draftPassword, password, user);
    if (user) chownSync(draft, user.uid, user.gid);
  });
  try {
    await runInitdb(initdb, { folder: draft, user }, [`--pwfile=${draftPassword}`, ...(durable ? [] : ['--no-sync'])]);
    onFolder(folder, () => {
      renameSync(draftPassword, join(draft, passwordFile));
      if (statSync(folder, { throwIfNoEntry: false })) rmdirSync(folder);
      renameSync(draft, folder);
      if (durable) syncFolder(dirname(folder));
    });
  } finally {
    rmSync(draft, { recursive: true, force: true });
    rmSync(draftPassword, { force: true });
  }
}

async function runInitdb(initdb: string, { folder, user }: Cluster, more: readonly string[]): Promise<void> {
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const login = [`--username=${superuser}`, '--auth=scram-sha-256'];
  const child = spawn(initdb, ['-D', folder, ...login, ...locale, ...more], {
    cwd: '/',
    env: serverEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
    windowsHide: true,
    ...(user ?? {}),
  });
  const [output] = await Promise.all([text(child.stderr), once(child, 'close')]);
  if (child.exitCode === 0) return;
  throw /No space left on device/.test(output) ? diskIsFull(dirname(folder)) : postgresFault(output, { folder });
}

function writeOwned(path: string, content: string, user: SystemUser | undefined): void {
  writeFileSync(path, content, { mode: 0o600, flag: 'wx' });
  if (user) chownSync(path, user.uid, user.gid);
}

// A renamed folder is only there after a power cut when its parent was synced.
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  fsyncSync(handle);
  closeSync(handle);
}
