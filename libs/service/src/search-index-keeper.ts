import type { SearchIndexing } from '#fhir-store';
import { failureOf, type Logger } from '#observability';

const pollMs = 5_000;

/** Keeps what a service is searched by up to date while it runs: hears of parameters that were loaded, and indexes in small steps. */
export class SearchIndexKeeper {
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #stopped = false;

  constructor(
    private readonly indexing: SearchIndexing,
    private readonly log: Logger,
  ) {}

  /** Every parameter that was loaded is known when this returns. */
  async start(): Promise<void> {
    await this.indexing.learn();
    this.#timer = setInterval(() => {
      this.#working ??= this.#work().finally(() => (this.#working = undefined));
    }, pollMs).unref();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#working;
  }

  async #work(): Promise<void> {
    try {
      await this.indexing.learn();
      while (!this.#stopped && (await this.indexing.step()));
    } catch (error) {
      // Tried again at the next poll; whoever searches is told that it is not ready.
      this.log.warn({ failure: failureOf(error) }, 'The search index could not be brought up to date');
    }
  }
}
