import type { FhirStore } from '#fhir-store';
import { failureOf, type Logger } from '#observability';

const everyMs = 3_600_000;
const dayMs = 86_400_000;

/** Forgets once an hour the keys of requests whose days are over. */
export class RequestKeyKeeper {
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;

  constructor(
    private readonly store: FhirStore,
    private readonly parts: { days: number; now: () => Date; log: Logger },
  ) {}

  start(): void {
    this.#begin();
    this.#timer = setInterval(() => {
      this.#begin();
    }, everyMs).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#working;
  }

  /** Forgets what was answered more than so many days before this moment. */
  async forget(): Promise<void> {
    const { days, now } = this.parts;
    await this.store.requests.forget(new Date(now().getTime() - days * dayMs));
  }

  #begin(): void {
    this.#working ??= this.forget()
      .catch((error: unknown) => {
        this.parts.log.warn({ failure: failureOf(error) }, 'Old request keys could not be forgotten; trying again');
      })
      .finally(() => (this.#working = undefined));
  }
}
