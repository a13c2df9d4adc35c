import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '#programmes';
import { testInfrastructure } from '#testing';
import { environmentOf } from '../../apps/sandbox/src/services/services.config.js';
import type { World } from '../world.js';

/** `npx ginnel person erase - --yes`, as a process. */
export class ErasingProcess {
  output = '';
  /** The signal or code with which it ended. */
  readonly ended: Promise<string>;
  readonly #process: ChildProcess;
  readonly #news = new EventEmitter();
  #end: string | undefined;

  constructor(world: World, number: string) {
    const main = join(projectRoot(), 'dist', 'apps', 'sandbox', 'src', 'command-main.js');
    if (!existsSync(main)) throw new Error('The command is not built: npm test builds it, so does npm run build.');
    const { natsUrl, natsMonitorUrl } = testInfrastructure();
    const env = environmentOf({
      DATABASE_URL: world.databaseUrl,
      NATS_URL: natsUrl,
      NATS_MONITOR_URL: natsMonitorUrl,
      GINNEL_NATS_NAMESPACE: world.running.platform.broker.namespace,
      GINNEL_DATA: join(projectRoot(), '.ginnel-of-no-sandbox'),
    });
    this.#process = spawn(process.execPath, [main, 'person', 'erase', '-', '--yes'], { env });
    this.#process.stdin?.end(`${number}\n`);
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.on('data', (data: Buffer) => {
        this.output += data.toString();
        this.#news.emit('news');
      });
    this.ended = once(this.#process, 'close').then(([code, signal]) => {
      this.#end = String(signal ?? code);
      this.#news.emit('news');
      return this.#end;
    });
  }

  /** Fails where it ends without having said it. */
  async said(word: string): Promise<void> {
    while (!this.output.includes(word)) {
      if (this.#end !== undefined) throw new Error(`It ended (${this.#end}) before it said ${word}: ${this.output}`);
      await once(this.#news, 'news');
    }
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }
}
