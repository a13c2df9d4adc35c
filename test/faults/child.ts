import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

type Program =
  | 'writing-process'
  | 'hearing-process'
  | 'transactions/service-process'
  | 'hostile/all-services-process'
  | 'notifications/notifying-process'
  | '../referrals/installation-process';

/** A process that tells what it does line by line, and is ended only by SIGKILL. */
export class Child {
  readonly lines: string[] = [];
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #watchers = new Set<() => void>();
  #exit: string | undefined;

  constructor(program: Program, options: object) {
    const path = fileURLToPath(new URL(`./${program}.js`, import.meta.url));
    this.#process = spawn(process.execPath, [path, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#ended = new Promise((resolve) => {
      this.#process.once('exit', (code, signal) => {
        this.#exit = signal ?? `code ${String(code)}`;
        this.#changed();
        resolve();
      });
    });
    if (this.#process.stdout)
      createInterface(this.#process.stdout).on('line', (line) => {
        this.#heard(line);
      });
  }

  /** The first line that begins so, when it has been said. */
  async line(beginning: string): Promise<string> {
    await this.said(beginning, 1, 60_000);
    return this.lines.find((line) => line.startsWith(beginning)) ?? '';
  }

  /** Ends when the process has said so many lines that begin so; fails when it ends by itself or takes too long. */
  async said(beginning: string, times = 1, withinMs = 30_000): Promise<void> {
    const end = Date.now() + withinMs;
    while (this.lines.filter((line) => line.startsWith(beginning)).length < times) {
      if (this.#exit !== undefined) throw new Error(`The process ended (${this.#exit}) before it said: ${beginning}`);
      if (Date.now() > end) throw new Error(`The process did not say in time: ${beginning}`);
      await this.#change(end - Date.now());
    }
  }

  /** Says something to the process. */
  tell(line: string): void {
    this.#process.stdin?.write(`${line}\n`);
  }

  /** Settles when it has ended by itself; fails when that takes too long. */
  async endsWithin(ms: number): Promise<void> {
    const end = Date.now() + ms;
    while (this.#exit === undefined) {
      if (Date.now() > end) throw new Error('The process did not end by itself.');
      await this.#change(end - Date.now());
    }
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended;
  }

  #heard(line: string): void {
    this.lines.push(line);
    this.#changed();
  }

  #changed(): void {
    this.#watchers.forEach((watcher) => {
      watcher();
    });
  }

  #change(atMostMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#watchers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, Math.max(0, atMostMs));
      this.#watchers.add(done);
    });
  }
}
