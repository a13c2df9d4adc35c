import type { ElementDefinition } from 'fhir/r4';
import { isFields } from '../fields.js';

/** What an element is held to: this very value, or one that holds at least this. */
export interface Expected {
  kind: 'fixed' | 'pattern';
  value: unknown;
}

/** fixed[x] or pattern[x] of an element. https://hl7.org/fhir/R4/elementdefinition-definitions.html#ElementDefinition.fixed_x_ */
export function expectedOf(definition: ElementDefinition): Expected | undefined {
  for (const [key, value] of Object.entries(definition) as [string, unknown][]) {
    const kind = /^(fixed|pattern)[A-Z]/.exec(key)?.[1];
    if (kind !== undefined) return { kind: kind as Expected['kind'], value };
  }
  return undefined;
}

export function isAsExpected(value: unknown, expected: Expected): boolean {
  return expected.kind === 'fixed' ? isSame(value, expected.value) : holdsPattern(value, expected.value);
}

/** What of the expected value lies at a path below. */
export function expectedBelow(expected: Expected, names: readonly string[]): Expected | undefined {
  const value = names.reduce<unknown>((node, name) => {
    const one: unknown = Array.isArray(node) ? node[0] : node;
    return isFields(one) ? one[name] : undefined;
  }, expected.value);
  const one: unknown = Array.isArray(value) ? value[0] : value;
  return one === undefined ? undefined : { kind: expected.kind, value: one };
}

/** For a sentence; it is the profile's, so it may be shown. */
export function written(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function isSame(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, index) => isSame(item, other[index]));
  }
  if (!isFields(one) || !isFields(other)) return one === other;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => isSame(one[key], other[key]));
}

function holdsPattern(value: unknown, pattern: unknown): boolean {
  if (Array.isArray(pattern)) {
    return Array.isArray(value) && pattern.every((wanted) => value.some((item) => holdsPattern(item, wanted)));
  }
  if (!isFields(pattern)) return value === pattern;
  return isFields(value) && Object.entries(pattern).every(([key, wanted]) => holdsPattern(value[key], wanted));
}
