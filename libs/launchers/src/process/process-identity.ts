import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { platform } from 'node:process';
import { errorCode } from '../start-error.js';

/**
 * Which process bears this number, or undefined when none runs. Numbers are given again after a while, and in
 * containers soon, so the moment of its start belongs to the answer.
 */
export function identityOf(pid: number): string | undefined {
  return platform === 'linux' ? linuxIdentity(pid) : otherIdentity(pid);
}

/** The name of the program that the process runs, where the system tells it. */
export function programOf(pid: number): string | undefined {
  try {
    if (platform === 'linux') return readFileSync(`/proc/${String(pid)}/comm`, 'utf8').trim();
    return execFileSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' })
      .trim()
      .replace(/^.*\//, '');
  } catch {
    return undefined;
  }
}

function linuxIdentity(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    // The name in parentheses may hold spaces; the state is the first field behind it, the start time the twentieth.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return fields[0] === 'Z' ? undefined : `${boot} ${fields[19] ?? ''}`;
  } catch {
    return undefined;
  }
}

function otherIdentity(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) !== 'EPERM') return undefined;
  }
  if (platform === 'win32') return 'running';
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}
