/** A bell: `wait` ends when it rings, or after the given time; a ring while nobody waits is not lost. */
export class Signal {
  #rung = false;
  #waiting: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#waiting?.();
  }

  async wait(atMostMs: number): Promise<void> {
    if (!this.#rung) await this.#ringOr(atMostMs);
    this.#rung = false;
  }

  #ringOr(atMostMs: number): Promise<void> {
    return new Promise<void>((resolve) => {
      const timer = setTimeout(() => { resolve(); }, atMostMs);
      this.#waiting = () => {
        clearTimeout(timer);
        resolve();
      };
    }).then(() => {
      this.#waiting = undefined;
    });
  }
}
