import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { StartError, unwatch, watch } from '#launchers';
import { cannotStart } from '#service';
import { type Part, problemsAt } from '../edge/all-services.js';

export interface ServiceProgram {
  service: Part;
  /** Path of its main.js. */
  main: string;
  environment: Record<string, string>;
  /** Lines that it prints to standard error. */
  say: (line: string) => void;
}

const listening = z.object({ listening: z.url() });
const pollMs = 50;
const patienceMs = 60_000;
const stopMs = 20_000;

/** One service as a process of its own. It ends when this process does, however that comes about. */
export class ServiceProcess {
  readonly pid: number | undefined;
  /** Settles when the process is gone: the signal or the exit code. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  #sentence: string | undefined;

  constructor(private readonly program: ServiceProgram) {
    this.#child = spawn(process.execPath, ['--enable-source-maps', program.main], {
      detached: true, // Ctrl-C must reach the launcher alone, which then stops the services in order
      env: program.environment,
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      windowsHide: true,
    });
    const { pid } = this.#child;
    this.pid = pid;
    this.#listen();
    this.ended = this.#end();
    if (pid === undefined) return;
    watch(pid);
    void this.ended.then(() => {
      unwatch(pid);
    });
  }

  /** Where it listens, once it can do its work; throws one sentence where it ends before or cannot. */
  async ready(): Promise<string> {
    const { service } = this.program;
    const over = new AbortController();
    const gone = this.ended.then((by) => {
      throw new StartError(this.#sentence ?? `${service} ended before it was ready (${by}).`);
    });
    try {
      return await Promise.race([this.#readyAt(over.signal), gone]);
    } finally {
      over.abort();
    }
  }

  /** Lets it finish what it is at; ends it after a while. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const late = setTimeout(() => this.#child.kill('SIGKILL'), stopMs);
    await this.ended;
    clearTimeout(late);
  }

  async #readyAt(signal: AbortSignal): Promise<string> {
    const [message] = (await once(this.#child, 'message', { signal })) as unknown[];
    const { listening: url } = listening.parse(message);
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const problems = await problemsAt(url);
      if (problems.length === 0) return url;
      if (Date.now() > deadline) throw new StartError(`${this.program.service} is not ready: ${problems.join(' ')}`);
      await sleep(pollMs, undefined, { signal });
    }
  }

  /** The sentence with which it gives up is kept for the one who waits; the rest is passed on. */
  #listen(): void {
    const { stderr } = this.#child;
    if (!stderr) return;
    const opening = cannotStart(this.program.service);
    createInterface({ input: stderr }).on('line', (line) => {
      if (line.startsWith(opening)) this.#sentence = line;
      else this.program.say(line);
    });
  }

  #end(): Promise<string> {
    return new Promise((resolve) => {
      this.#child.on('error', (error) => {
        if (this.pid === undefined) resolve(error.name);
      });
      // 'close' comes after its last line was read, 'exit' may come before.
      this.#child.on('close', () => {
        resolve(this.#child.signalCode ?? `exit code ${String(this.#child.exitCode)}`);
      });
    });
  }
}
