import type { FhirStore } from '#fhir-store';
import { failureOf, type Logger } from '#observability';

const pollMs = 5_000;

/** Begins and ends, within seconds, what a Consent withholds for a time. */
export class WithholdingClock {
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;

  constructor(
    private readonly store: FhirStore,
    private readonly parts: { now: () => Date; log: Logger },
  ) {}

  start(): void {
    this.#timer = setInterval(() => {
      this.#working ??= this.#work().finally(() => (this.#working = undefined));
    }, pollMs).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#working;
  }

  async #work(): Promise<void> {
    try {
      await this.store.withholdings.keepTime(this.parts.now());
    } catch (error) {
      this.parts.log.warn({ failure: failureOf(error) }, 'Consents could not be looked through; trying again');
    }
  }
}
