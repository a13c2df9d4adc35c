import type { Spot } from './json-copy.js';

/** The place that a pointer names, whether anything stands there or not; undefined where its holder is not there. */
export function spotAt(document: object, tokens: readonly string[]): Spot | undefined {
  const name = tokens.at(-1);
  if (name === undefined) return undefined;
  let holder: unknown = document;
  for (const token of tokens.slice(0, -1)) {
    if (!isHolder(holder) || !isOwnKey({ holder, name: token })) return undefined;
    holder = (holder as Record<string, unknown>)[token];
  }
  if (!isHolder(holder)) return undefined;
  return Array.isArray(holder) && !isPlaceIn(holder, name) ? undefined : { holder, name };
}

/** True where something stands there: what an object inherits does not. */
export function isOwnKey(spot: Spot | undefined): boolean {
  if (!spot) return false;
  const { holder, name } = spot;
  if (Array.isArray(holder)) return isIndex(name) && Number(name) < holder.length;
  return Object.hasOwn(holder, name);
}

function isPlaceIn(list: readonly unknown[], name: string): boolean {
  return name === '-' || (isIndex(name) && Number(name) <= list.length);
}

function isIndex(name: string): boolean {
  return /^(0|[1-9]\d{0,8})$/.test(name);
}

function isHolder(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
