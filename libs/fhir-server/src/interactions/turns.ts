/** Lets work of one name go one after another within this process; each is told what the one before it came to. */
export class Turns<T> {
  readonly #last = new Map<string, Promise<T>>();

  /** `before` is undefined where nobody was waited for, or the one before failed. */
  async take(name: string, work: (before: T | undefined) => Promise<T>): Promise<T> {
    const before = this.#last.get(name);
    const mine = before ? before.then(work, () => work(undefined)) : work(undefined);
    this.#last.set(name, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(name) === mine) this.#last.delete(name);
    }
  }
}
