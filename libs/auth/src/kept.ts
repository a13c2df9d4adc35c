import { FhirError } from '#fhir';

export interface KeptOptions {
  /** From this age on it is fetched anew beside the requests; milliseconds. */
  freshMs: number;
  /** From this age on a request waits for a new one. */
  waitMs: number;
  /** From this age on it is not believed any more: without a new one nothing is answered. */
  mostMs: number;
  /** What one failed, or was asked for out of turn, is not asked for again sooner. */
  pauseMs: number;
  now: () => number;
}

/** Something of an issuer's that is fetched again and again, however many ask: one request at a time, none in a rush. */
export class Kept<Value> {
  #value: { value: Value; asOf: number } | undefined;
  #triedAt = -Infinity;
  #fetching: Promise<boolean> | undefined;

  /** `fetch` gives the value, and of when it is, where it says so. */
  constructor(
    private readonly fetch: () => Promise<{ value: Value; asOf?: number }>,
    private readonly options: KeptOptions,
  ) {}

  /** As young as was asked for; 503 where it cannot be had. */
  async get(): Promise<Value> {
    const { freshMs, waitMs, mostMs } = this.options;
    if (this.#age() >= waitMs) await this.#renewed();
    else if (this.#age() >= freshMs) void this.#renewed();
    if (this.#value && this.#age() < mostMs) return this.#value.value;
    throw FhirError.of(
      'transient',
      'Tokens cannot be checked just now, because their issuer does not answer; try again.',
    );
  }

  /** What is at hand, however old. */
  get known(): Value | undefined {
    return this.#value?.value;
  }

  /** Fetches it although it is young, unless that was done a moment ago. 503 where it cannot be had. */
  async again(): Promise<void> {
    const isRushed = !this.#fetching && this.options.now() - this.#triedAt < this.options.pauseMs;
    if (isRushed || (await this.#renewed())) return;
    throw FhirError.of(
      'transient',
      'Tokens cannot be checked just now, because their issuer does not answer; try again.',
    );
  }

  #age(): number {
    return this.#value ? this.options.now() - this.#value.asOf : Infinity;
  }

  /** True where a new one has come. */
  #renewed(): Promise<boolean> {
    if (this.#fetching) return this.#fetching;
    const { now, pauseMs } = this.options;
    if (now() - this.#triedAt < pauseMs) return Promise.resolve(false);
    this.#triedAt = now();
    this.#fetching = this.#fetch(now()).finally(() => (this.#fetching = undefined));
    return this.#fetching;
  }

  async #fetch(begun: number): Promise<boolean> {
    try {
      const { value, asOf = begun } = await this.fetch();
      // Its own word may be older than our question, never younger.
      this.#value = { value, asOf: Math.min(asOf, begun) };
      return true;
    } catch {
      return false;
    }
  }
}
