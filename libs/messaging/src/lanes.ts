/** Work side by side, but never two pieces of one key at once and never more than the limit; a key's pieces keep their order. */
export class Lanes {
  readonly #tails = new Map<string, Promise<void>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #queued = 0;
  #room: (() => void)[] = [];

  constructor(
    private readonly limit: number,
    private readonly queueLimit = limit * 4,
  ) {}

  /** The work must not throw: it has nobody to tell. */
  run(key: string, work: () => Promise<void>): Promise<void> {
    this.#queued += 1;
    const turn = (this.#tails.get(key) ?? Promise.resolve()).then(() => this.#inSlot(work));
    this.#tails.set(key, turn);
    return turn.then(() => {
      this.#queued -= 1;
      if (this.#tails.get(key) === turn) this.#tails.delete(key);
      this.#room.splice(0).forEach((wake) => {
        wake();
      });
    });
  }

  /** Ends when another piece may be queued. */
  async room(): Promise<void> {
    while (this.#queued >= this.queueLimit) await this.#change();
  }

  async idle(): Promise<void> {
    while (this.#queued > 0) await this.#change();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#room.push(resolve));
  }

  async #inSlot(work: () => Promise<void>): Promise<void> {
    if (this.#running >= this.limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      await work();
    } finally {
      // The slot passes on without becoming free, so nobody can slip in between.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }
}
