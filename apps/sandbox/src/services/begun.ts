/** What has begun, and how it ends. */
export class Begun {
  readonly #parts: { stop: () => Promise<void> }[] = [];
  #edge: (() => Promise<void>) | undefined;
  #stopping: Promise<void> | undefined;

  add<Part extends { stop: () => Promise<void> }>(part: Part): Part {
    this.#parts.unshift(part);
    return part;
  }

  /** Nobody is let in any more before anything behind it ends. */
  edge(close: () => Promise<void>): void {
    this.#edge = close;
  }

  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  async #stop(): Promise<void> {
    await this.#edge?.();
    for (const part of this.#parts) await part.stop();
  }
}
