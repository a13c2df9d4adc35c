import type { FhirResource } from 'fhir/r4';
import { type Read, readerOf } from './extraction-plan.js';
import { type IndexedParameter, indexedParametersOf } from './parameters.js';
import type { IndexEntry, IndexValue } from './search.js';

/** What a resource says under each parameter of its type; parameters without a value are absent. */
export function indexEntriesOf(resource: FhirResource): IndexEntry[] {
  const parameters = indexedParametersOf(resource.resourceType);
  if (parameters.length === 0) return [];
  const found = planFor(parameters)(resource);
  const entries: IndexEntry[] = [];
  parameters.forEach((parameter, at) => {
    const values = found[at];
    if (values !== undefined && values.length > 0) entries.push({ parameter, values: distinct(values) });
  });
  return entries;
}

/** Compiled at the first resource of the type; a list with a parameter more or less is another list. */
const plans = new WeakMap<readonly IndexedParameter[], Read>();

function planFor(parameters: readonly IndexedParameter[]): Read {
  const known = plans.get(parameters);
  if (known) return known;
  const made = readerOf(parameters);
  plans.set(parameters, made);
  return made;
}

/** Above this many, values are compared by a key: each with each would take the square of their number. */
const few = 8;

function distinct(values: readonly IndexValue[]): readonly IndexValue[] {
  if (values.length < 2) return values;
  if (values.length > few) return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
  for (let at = 1; at < values.length; at++) {
    if (repeats(values, at)) return values.filter((_, each) => !repeats(values, each));
  }
  return values;
}

function repeats(values: readonly IndexValue[], at: number): boolean {
  for (let earlier = 0; earlier < at; earlier++) {
    if (isSame(values[earlier], values[at])) return true;
  }
  return false;
}

function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (!isObject(one) || !isObject(other)) return false;
  if (one instanceof Date && other instanceof Date) return one.getTime() === other.getTime();
  // Nearly all that differ do so here.
  if (one.type !== other.type || one.value !== other.value) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => isSame(one[key], other[key]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
