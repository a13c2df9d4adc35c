import { accessSync, chmodSync, constants, existsSync, lstatSync, mkdirSync, statfsSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSearchPlaces, readSettings } from '../launchers.config.js';
import { diskIsFull, StartError } from '../start-error.js';

/** The folder of package.json, from the sources as from dist/. */
export function projectFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** Where the embedded servers keep their data: GINNEL_DATA, or .ginnel/ in the project. */
export function defaultDataFolder(): string {
  return readSettings().dataFolder ?? join(projectFolder(), '.ginnel');
}

/** Where fetched programs are kept for all projects of this user. */
export function cacheFolder(places = readSearchPlaces()): string {
  const wished = join(places.cacheHome ?? join(homedir(), '.cache'), 'ginnel');
  return isUsable(wished) ? wished : ownTemporaryFolder();
}

/** A cache that other users of the machine may read, for programs that a superuser runs as an unprivileged user. */
export function sharedCacheFolder(): string {
  const wished = '/var/cache/ginnel';
  return isUsable(wished) ? wished : ownTemporaryFolder();
}

/** Where a superuser keeps data that an unprivileged server must reach. */
export function systemDataFolder(): string {
  const wished = '/var/lib/ginnel';
  return isUsable(wished) ? wished : join(ownTemporaryFolder(), 'data');
}

/** Makes the missing folders of a path so that others may pass through them, whatever the umask says. */
export function makeOpenFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeOpenFolder(dirname(folder));
  mkdirSync(folder);
  chmodSync(folder, 0o755);
}

/** A server on a full disk starts, and then loses itself in errors: better not to start it. */
export function demandSpace(folder: string, megabytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize < megabytes * 1024 * 1024) throw diskIsFull(folder);
}

function isUsable(folder: string): boolean {
  try {
    makeOpenFolder(folder);
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Anyone may make a folder of a known name in the temporary folder, so it must be ours before a program is run from it. */
function ownTemporaryFolder(): string {
  const user = process.geteuid?.() ?? 0;
  const folder = join(tmpdir(), `ginnel-${String(user)}`);
  makeOpenFolder(folder);
  const status = lstatSync(folder);
  const isPrivate = process.platform === 'win32' || (status.uid === user && (status.mode & 0o022) === 0);
  const isOurs = status.isDirectory() && isPrivate;
  if (!isOurs)
    throw new StartError(
      `${folder} belongs to another user: delete it, or set XDG_CACHE_HOME to a folder of your own.`,
    );
  return folder;
}
