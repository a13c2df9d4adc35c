import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { failureOf } from '#observability';
import { Platform } from '#service';
import { TakeDueSummary } from '../use-cases/summaries/take-due-summary.js';

const pollMs = 2_000;

/** Looks for milestones that have come and acknowledgements that have not. Several replicas may: each row is done by one. */
@Injectable()
export class SummaryClock implements OnApplicationBootstrap, BeforeApplicationShutdown {
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #isStopping = false;

  constructor(
    private readonly takeDueSummary: TakeDueSummary,
    private readonly platform: Platform,
  ) {}

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => {
      this.#working ??= this.#work().finally(() => (this.#working = undefined));
    }, pollMs).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#timer);
    await this.#working;
  }

  async #work(): Promise<void> {
    try {
      while (!this.#isStopping && (await this.takeDueSummary.execute()));
    } catch (error) {
      this.platform.logger.warn({ failure: failureOf(error) }, 'Due summaries could not be looked for; trying again');
    }
  }
}
