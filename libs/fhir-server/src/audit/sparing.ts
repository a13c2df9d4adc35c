/** Statuses by which a process defends itself: their entries must not become the flood. */
const defending: readonly number[] = [429, 503];
const spanMs = 1_000;

/** Of what a flood brings, one a second of each kind and client is entered in the audit. */
export class Sparing {
  #begun = 0;
  #seen = new Set<string>();

  /** True for one that need not be entered. `now` is of a clock that nobody sets back. */
  spares(client: string, status: number, now = performance.now()): boolean {
    if (!defending.includes(status)) return false;
    if (now - this.#begun >= spanMs) {
      this.#begun = now;
      this.#seen = new Set();
    }
    const kind = `${String(status)} ${client}`;
    return this.#seen.size === this.#seen.add(kind).size;
  }
}
