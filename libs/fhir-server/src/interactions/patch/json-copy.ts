import { literalOf, rememberLiteral, withLiteralsOf } from '#fhir';

/** A deep copy whose decimals keep their digits. */
export function copyOf<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  const copy: object = Array.isArray(value)
    ? value.map(copyOf)
    : Object.fromEntries(Object.entries(value).map(([name, item]: [string, unknown]) => [name, copyOf(item)]));
  return withLiteralsOf(value, copy) as T;
}

/** How many values there are, the value itself among them. */
export function sizeOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((size, item) => size + sizeOf(item), 1);
}

/** Where a value stands. */
export interface Spot {
  holder: object;
  name: string;
}

/** The value at a spot, with the digits that it was written with, to be put elsewhere. */
export interface Taken {
  value: unknown;
  literal?: string;
}

export function taken({ holder, name }: Spot): Taken {
  const value = (holder as Record<string, unknown>)[name];
  const literal = typeof value === 'number' ? literalOf(holder, name, value) : undefined;
  return { value, ...(literal === undefined ? {} : { literal }) };
}

/** A number stands in its holder, and so do its digits: they must follow it. */
export function rememberAt({ holder, name }: Spot, literal: string | undefined): void {
  if (literal !== undefined) rememberLiteral(holder, name, literal);
}
