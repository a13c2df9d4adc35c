import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Signal, takeLead } from '#messaging';
import { failureOf } from '#observability';
import { Database } from '#postgres';
import { englishDay, WorkingTime } from '#programmes';
import { Platform } from '#service';
import { SettleDeadlines } from '../use-cases/settle-deadlines.js';

const everyMs = 1_000;

/** Looks every second, in one process at a time, which deadlines have passed. */
@Injectable()
export class ReferralClock implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #signal = new Signal();
  #running: Promise<void> | undefined;
  #isTroubled = false;

  constructor(
    private readonly settleDeadlines: SettleDeadlines,
    private readonly database: Database,
    private readonly platform: Platform,
  ) {}

  onApplicationBootstrap(): void {
    const { knownUntil } = new WorkingTime();
    if (englishDay(this.platform.now()) > knownUntil)
      this.platform.logger.warn({ knownUntil }, 'Bank holidays after this day are counted as working days');
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
        await takeLead(this.database, { name: 'referral-clock', work: () => this.#work() });
        this.#isTroubled = false;
      } catch (error) {
        this.#failed(error);
      }
      await this.#signal.wait(everyMs);
    }
  }

  async #work(): Promise<void> {
    while (!this.#signal.closed && (await this.settleDeadlines.execute()) > 0);
  }

  /** Told once: it is tried again every second. */
  #failed(error: unknown): void {
    if (this.#isTroubled) return;
    this.#isTroubled = true;
    this.platform.logger.warn({ failure: failureOf(error) }, 'Deadlines could not be settled; trying again');
  }
}
