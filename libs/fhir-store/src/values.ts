/** Collects the values of a statement. */
export class Values {
  readonly all: unknown[] = [];

  /** Adds a value and gives its placeholder. */
  add(value: unknown): string {
    this.all.push(value);
    return `$${String(this.all.length)}`;
  }
}

/** Conditions joined by OR; none of them is never true. */
export function anyOf(conditions: readonly string[]): string {
  const [only, ...others] = conditions;
  if (only === undefined) return 'false';
  return others.length === 0 ? `(${only})` : `(${conditions.map((condition) => `(${condition})`).join(' OR ')})`;
}
