import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { Signal, takeLead } from '#messaging';
import { failureOf } from '#observability';
import type { Database } from '#postgres';
import type { Platform } from './platform.js';

/** Looks every second, in one process of a service at a time, for what its time has come. */
export abstract class LedClock implements OnApplicationBootstrap, BeforeApplicationShutdown {
  /** Of the lead, unlike those of the service's other clocks. */
  protected abstract readonly name: string;
  /** What the log says when the work fails: once, for it is tried again every second. */
  protected abstract readonly trouble: string;
  protected readonly everyMs: number = 1_000;
  readonly #signal = new Signal();
  #running: Promise<void> | undefined;
  #isTroubled = false;

  constructor(
    protected readonly database: Database,
    protected readonly platform: Platform,
  ) {}

  /** Long work asks before each step whether it is to go on. */
  protected abstract work(isStopping: () => boolean): Promise<void>;

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
        await takeLead(this.database, { name: this.name, work: () => this.work(() => this.#signal.closed) });
        this.#isTroubled = false;
      } catch (error) {
        this.#failed(error);
      }
      await this.#signal.wait(this.everyMs);
    }
  }

  #failed(error: unknown): void {
    if (this.#isTroubled) return;
    this.#isTroubled = true;
    this.platform.logger.warn({ failure: failureOf(error) }, this.trouble);
  }
}
