import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from '#programmes';
import { environmentOf } from '../apps/sandbox/src/services/services.config.js';

/** `npm run start:services` as a process: what it prints, line by line. */
export class ServicesProcess {
  readonly lines: string[] = [];
  /** Settles when nobody holds its output any more: it and every service that it started have ended. */
  readonly ended: Promise<string>;
  readonly #process: ChildProcess;
  readonly #watchers = new Set<() => void>();
  #over = false;

  constructor(options: readonly string[], environment: Record<string, string>) {
    const main = join(projectRoot(), 'dist', 'apps', 'sandbox', 'src', 'services-main.js');
    if (!existsSync(main)) throw new Error('The services are not built: npm test builds them, so does npm run build.');
    const env = environmentOf(environment);
    this.#process = spawn(process.execPath, [main, ...options], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      if (stream)
        createInterface(stream).on('line', (line) => {
          this.#note(line);
        });
    }
    this.ended = once(this.#process, 'close').then(([code, signal]) => {
      this.#over = true;
      this.#watchers.forEach((watcher) => {
        watcher();
      });
      return String(signal ?? code);
    });
  }

  /** The groups of the first line that matches, now or later; fails with all it said when it ends before. */
  async said(pattern: RegExp): Promise<string[]> {
    for (;;) {
      const match = this.lines.map((line) => pattern.exec(line)).find((found) => found !== null);
      if (match) return match.slice(1);
      if (this.#over) throw new Error(`It ended before it said ${String(pattern)}:\n${this.lines.join('\n')}`);
      await new Promise<void>((resolve) => this.#watchers.add(resolve));
    }
  }

  kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    this.#process.kill(signal);
  }

  #note(line: string): void {
    this.lines.push(line);
    this.#watchers.forEach((watcher) => {
      watcher();
    });
    this.#watchers.clear();
  }
}
