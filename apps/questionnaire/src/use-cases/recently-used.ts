/** What was made of texts, as long as they are not too many characters together: the longest unused goes first. */
export class RecentlyUsed<Made> {
  readonly #kept = new Map<string, { made: Made; size: number }>();
  #size = 0;

  constructor(private readonly mostCharacters: number) {}

  /** What is kept under the key, or else is made now. */
  get(key: string, size: number, make: () => Made): Made {
    const known = this.#kept.get(key);
    if (known) {
      this.#kept.delete(key);
      this.#kept.set(key, known);
      return known.made;
    }
    const made = make();
    this.#kept.set(key, { made, size });
    this.#size += size;
    for (const [oldest, { size: freed }] of this.#kept) {
      if (this.#size <= this.mostCharacters) break;
      this.#kept.delete(oldest);
      this.#size -= freed;
    }
    return made;
  }
}
