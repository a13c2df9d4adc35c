import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from '#programmes';
import { environmentOf } from '../apps/sandbox/src/services/services.config.js';

/** A file of docs/examples as a process: what it prints, line by line. */
export class ExampleProcess {
  readonly lines: string[] = [];
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  #wake = (): void => undefined;
  #over = false;

  /** @param options of Node */
  constructor(name: string, { url, data }: { url: string; data: string }, options: readonly string[] = []) {
    const file = join(projectRoot(), 'docs', 'examples', `${name}.mjs`);
    const env = environmentOf({ GINNEL_URL: url, GINNEL_DATA: data });
    const child = spawn(process.execPath, [...options, file], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface(child.stdout).on('line', (line) => {
      this.lines.push(line);
      this.#wake();
    });
    this.#process = child;
    this.#ended = once(child, 'close').then(() => {
      this.#over = true;
      this.#wake();
    });
  }

  /** Waits for a line that begins so; fails where it ends before. */
  async said(opening: string): Promise<void> {
    while (!this.lines.some((line) => line.startsWith(opening))) {
      if (this.#over) throw new Error(`It ended before it said ${opening}:\n${this.lines.join('\n')}`);
      await new Promise<void>((wake) => (this.#wake = wake));
    }
  }

  /** Its exit code, once it has ended; null where a signal ended it. */
  async end(signal?: 'SIGINT' | 'SIGKILL'): Promise<number | null> {
    if (signal) this.#process.kill(signal);
    await this.#ended;
    return this.#process.exitCode;
  }
}
