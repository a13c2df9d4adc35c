/** Literals that a number does not give back (1.10, 1e3, eighteen digits), by the object that holds the number and its name there. */
const literals = new WeakMap<object, Map<string, string>>();

const form = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Whether the number itself is written like this. */
export function isExact(literal: string): boolean {
  return String(Number(literal)) === literal;
}

export function rememberLiteral(holder: object, name: string, literal: string): void {
  const known = literals.get(holder);
  if (known) known.set(name, literal);
  else literals.set(holder, new Map([[name, literal]]));
}

/** The literal, unless the number was changed since. */
export function literalOf(holder: object, name: string, value: number): string | undefined {
  const literal = literals.get(holder)?.get(name);
  return literal !== undefined && Object.is(Number(literal), value) ? literal : undefined;
}

/** Whether any object at or below the value holds a remembered literal. */
export function hasLiterals(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (literals.has(value)) return true;
  if (Array.isArray(value)) return value.some(hasLiterals);
  for (const name in value) {
    const below = (value as Record<string, unknown>)[name];
    if (typeof below === 'object' && hasLiterals(below)) return true;
  }
  return false;
}

/** For a copy of an object that holds decimals itself: spread copies its numbers, not their digits. */
export function withLiteralsOf<T extends object>(original: object, copy: T): T {
  const known = literals.get(original);
  if (known) literals.set(copy, new Map([...(literals.get(copy) ?? []), ...known]));
  return copy;
}

/** The text with a mark in the place of each of these numbers: JSON.parse then shows where they belong. Undefined if one is no number. */
export function marked(text: string, places: readonly (readonly [start: number, end: number])[]): string | undefined {
  const parts: string[] = [];
  let from = 0;
  for (const [start, end] of places) {
    const literal = text.slice(start, end);
    if (!form.test(literal) || !Number.isFinite(Number(literal))) return undefined;
    parts.push(text.slice(from, start), `"\\u0000${literal}"`);
    from = end;
  }
  return [...parts, text.slice(from)].join('');
}

/** Puts numbers back where marks stand, remembers their literals, and says how many there were. */
export function unmark(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let found = 0;
  for (const name of Object.keys(value)) {
    const below = (value as Record<string, unknown>)[name];
    if (typeof below === 'string' && below.startsWith('\0')) {
      const literal = below.slice(1);
      (value as Record<string, unknown>)[name] = Number(literal);
      rememberLiteral(value, name, literal);
      found++;
    } else found += unmark(below);
  }
  return found;
}
