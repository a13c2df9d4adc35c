import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Signal, takeLead } from '#messaging';
import { failureOf } from '#observability';
import { Database } from '#postgres';
import { Platform } from '#service';
import { AskAfterHolds } from '../use-cases/places/ask-after-holds.js';
import { MendCounts } from '../use-cases/places/mend-counts.js';
import { TellEndings } from '../use-cases/tell-endings.js';

const everyMs = 1_000;
const entriesMs = 60_000;

/** From time to time, in one process at a time: asks after places that were left open, tells of activities that end and mends counts. */
@Injectable()
export class DirectoryClock implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #signal = new Signal();
  #running: Promise<void> | undefined;
  #entriesAt = 0;
  #isTroubled = false;

  constructor(
    private readonly askAfterHolds: AskAfterHolds,
    private readonly tellEndings: TellEndings,
    private readonly mendCounts: MendCounts,
    private readonly database: Database,
    private readonly platform: Platform,
  ) {}

  onApplicationBootstrap(): void {
    this.#running = this.#run();
  }

  /** Before the database closes. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#signal.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#signal.closed) {
      try {
        await takeLead(this.database, { name: 'directory-clock', work: () => this.#work() });
        this.#isTroubled = false;
      } catch (error) {
        this.#failed(error);
      }
      await this.#signal.wait(everyMs);
    }
  }

  async #work(): Promise<void> {
    await this.askAfterHolds.execute();
    const now = this.platform.now().getTime();
    if (now - this.#entriesAt >= entriesMs) {
      await this.tellEndings.execute();
      await this.mendCounts.execute();
      this.#entriesAt = now;
    }
  }

  /** Told once: it is tried again every second. */
  #failed(error: unknown): void {
    if (this.#isTroubled) return;
    this.#isTroubled = true;
    this.platform.logger.warn({ failure: failureOf(error) }, 'The directory could not look after its places');
  }
}
