import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { errorCode, onFolder, StartError } from '../start-error.js';
import { identityOf } from './process-identity.js';

const runningProcess = z.object({ pid: z.number().int().positive(), identity: z.string() });
const lockRecord = z.object({ launcher: runningProcess, server: runningProcess.optional() });
type LockRecord = z.infer<typeof lockRecord>;

export interface StartLock {
  /** Names the server that works on the folder, so that a later start can wait for its end. */
  serverStarted(pid: number): void;
  release(): void;
}

const pauseMs = 50;
const orphanSteps = [
  { signal: undefined, forMs: 3_000 }, // the watchdog of the dead launcher is at work
  { signal: 'SIGINT', forMs: 20_000 },
  { signal: 'SIGKILL', forMs: 5_000 },
] as const;

/**
 * One server at a time on a folder: nats-server does not lock its store by itself. The lock is a file beside the
 * folder; a lock whose launcher died is taken over when its server has ended too.
 */
export async function takeStartLock(folder: string, product: string): Promise<StartLock> {
  const path = `${folder}.lock`;
  const mine: LockRecord = { launcher: running(process.pid) };
  for (;;) {
    if (onFolder(folder, () => place(path, mine))) break;
    const held = readLock(path);
    if (held.record && runs(held.record.launcher)) throw alreadyRuns(folder, product, held.record.launcher.pid);
    if (held.record?.server) await awaitEnd(held.record.server, folder, product);
    onFolder(folder, () => {
      discard(path, held.text);
    });
  }
  return {
    serverStarted: (pid) => {
      const draft = `${path}.${String(process.pid)}`;
      writeFileSync(draft, JSON.stringify({ ...mine, server: running(pid) }));
      renameSync(draft, path);
    },
    release: () => {
      rmSync(path, { force: true });
    },
  };
}

// A link appears with its whole content or not at all, and never replaces another's.
function place(path: string, record: LockRecord): boolean {
  const draft = `${path}.${String(process.pid)}`;
  writeFileSync(draft, JSON.stringify(record));
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function readLock(path: string): { text: string; record?: LockRecord } {
  try {
    const text = readFileSync(path, 'utf8');
    const parsed = lockRecord.safeParse(jsonOf(text));
    return parsed.success ? { text, record: parsed.data } : { text };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return { text: '' };
    throw error;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// Two starters may find the same dead lock. What was moved away is looked at again: a fresh lock of the other is put back.
function discard(path: string, text: string): void {
  const aside = `${path}.${String(process.pid)}.dead`;
  try {
    renameSync(path, aside);
    if (readFileSync(aside, 'utf8') !== text) linkSync(aside, path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

async function awaitEnd(server: { pid: number; identity: string }, folder: string, product: string): Promise<void> {
  for (const { signal, forMs } of orphanSteps) {
    if (signal && runs(server)) process.kill(server.pid, signal);
    for (let waited = 0; waited < forMs; waited += pauseMs) {
      if (!runs(server)) return;
      await sleep(pauseMs);
    }
  }
  throw alreadyRuns(folder, product, server.pid);
}

function running(pid: number): { pid: number; identity: string } {
  return { pid, identity: identityOf(pid) ?? '' };
}

function runs(process: { pid: number; identity: string }): boolean {
  return identityOf(process.pid) === process.identity;
}

export function alreadyRuns(folder: string, product: string, pid: number): StartError {
  return new StartError(
    `${product} already runs on ${folder} (process ${String(pid)}): stop that one first, or choose another folder with GINNEL_DATA.`,
  );
}
