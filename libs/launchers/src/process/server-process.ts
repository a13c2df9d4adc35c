import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { serverEnvironment } from '../launchers.config.js';
import { unwatch, watch } from './watchdog.js';

export interface ServerOptions {
  command: string;
  args: readonly string[];
  user?: { uid: number; gid: number } | undefined;
  /** Sees each line the server prints; true when this one says that it is ready. */
  isReady: (line: string) => boolean;
  onSpawn: (pid: number) => void;
}

export interface Exit {
  /** The signal or the exit code. */
  by: string;
  /** The last lines it printed. */
  output: string;
}

export interface ServerProcess {
  readonly pid: number;
  /** Settles when the process is gone. */
  readonly ended: Promise<Exit>;
  /** Asks it to end, in steps; resolves when it is gone. */
  stop(): Promise<void>;
}

/** The server ended before it was ready. */
export class EndedEarly extends Error {
  override readonly name = 'EndedEarly';
  constructor(readonly output: string) {
    super('The server ended before it was ready');
  }
}

const keptLines = 60;
const steps = [
  { signal: 'SIGINT', forMs: 20_000 },
  { signal: 'SIGQUIT', forMs: 5_000 },
  { signal: 'SIGKILL', forMs: 5_000 },
] as const;

/** Resolves when the server says that it is ready; throws EndedEarly when it ends instead. */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const child = spawn(options.command, options.args, {
    cwd: '/', // another user may not enter the folder we stand in
    detached: true, // Ctrl-C must reach this process alone, which then stops its servers in order
    env: serverEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
    ...(options.user ?? {}),
  });
  const lines: string[] = [];
  const ended = endOf(child, lines);
  if (child.pid === undefined) throw new EndedEarly((await ended).output);
  const { pid } = child;
  watch(pid);
  void ended.then(() => {
    unwatch(pid);
  });
  options.onSpawn(pid);
  if (!(await Promise.race([readiness(child, lines, options.isReady), ended.then(() => false)]))) {
    throw new EndedEarly((await ended).output);
  }
  return { pid, ended, stop: () => stop(child, ended) };
}

function readiness(child: ChildProcess, lines: string[], isReady: (line: string) => boolean): Promise<true> {
  return new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        if (lines.length > keptLines) lines.shift();
        if (isReady(line)) resolve(true);
      });
    }
  });
}

function endOf(child: ChildProcess, lines: string[]): Promise<Exit> {
  return new Promise((resolve) => {
    child.on('error', (error) => {
      if (child.pid === undefined) resolve({ by: error.name, output: error.message });
    });
    // 'close' comes after the last line was read, 'exit' may come before
    child.on('close', () => {
      resolve({ by: child.signalCode ?? `exit code ${String(child.exitCode)}`, output: lines.join('\n') });
    });
  });
}

async function stop(child: ChildProcess, ended: Promise<Exit>): Promise<void> {
  for (const { signal, forMs } of steps) {
    child.kill(signal);
    if (await within(ended, forMs)) return;
  }
}

async function within(done: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  const inTime = await Promise.race([done.then(() => true), late]);
  clearTimeout(timer);
  return inTime;
}
