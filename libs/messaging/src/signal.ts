/** A bell: `wait` ends when it rings, or after the given time; a ring while nobody waits is not lost. */
export class Signal {
  #rung = false;
  #closed = false;
  #waiting: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#waiting?.();
  }

  /** From now on nobody waits. */
  close(): void {
    this.#closed = true;
    this.ring();
  }

  get closed(): boolean {
    return this.#closed;
  }

  async wait(atMostMs: number): Promise<void> {
    if (!this.#rung && !this.#closed) await this.#ringOr(atMostMs);
    this.#rung = false;
  }

  #ringOr(atMostMs: number): Promise<void> {
    return new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        resolve();
      }, atMostMs);
      this.#waiting = () => {
        clearTimeout(timer);
        resolve();
      };
    }).then(() => {
      this.#waiting = undefined;
    });
  }
}
