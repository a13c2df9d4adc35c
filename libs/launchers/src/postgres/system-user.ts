import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

export interface SystemUser {
  uid: number;
  gid: number;
}

/**
 * PostgreSQL refuses to run as the superuser: then it runs as the owner of the data, or as nobody.
 * Undefined: as whoever we are.
 */
export function serverUser(dataFolder: string): SystemUser | undefined {
  if (process.geteuid?.() !== 0) return undefined;
  const owner = ownerOf(dataFolder);
  return owner && owner.uid !== 0 ? owner : nobody();
}

/** Whether the user may pass through every folder above this one (as far as modes tell). */
export function canReach(user: SystemUser, folder: string): boolean {
  for (let above = dirname(folder); ; above = dirname(above)) {
    const status = statSync(above, { throwIfNoEntry: false });
    if (status && !mayEnter(user, status)) return false;
    if (dirname(above) === above) return true;
  }
}

function mayEnter(user: SystemUser, { uid, gid, mode }: { uid: number; gid: number; mode: number }): boolean {
  if (uid === user.uid) return (mode & 0o100) !== 0;
  if (gid === user.gid) return (mode & 0o010) !== 0;
  return (mode & 0o001) !== 0;
}

function ownerOf(folder: string): SystemUser | undefined {
  const status = statSync(folder, { throwIfNoEntry: false });
  return status && { uid: status.uid, gid: status.gid };
}

function nobody(): SystemUser {
  const entry = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([name]) => name === 'nobody');
  return { uid: Number(entry?.[2] ?? 65_534), gid: Number(entry?.[3] ?? 65_534) };
}
