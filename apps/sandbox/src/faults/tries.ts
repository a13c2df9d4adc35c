const remembered = 10_000;

/** How often each request came, of the latest ones. */
export class Tries {
  readonly #counts = new Map<string, number>();

  /** 1 for the first time. */
  count(key: string): number {
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.delete(key);
    this.#counts.set(key, count);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > remembered && oldest !== undefined) this.#counts.delete(oldest);
    return count;
  }
}
