import type { JsonValue } from './element-value.js';
import { rememberAt, type Spot } from './json-copy.js';

/** Lists of an element: the values, and beside them under the name with an underscore what primitives have besides. */
export function lengthOf({ holder, name }: Spot): number {
  const named = holder as Record<string, unknown>;
  return Math.max(listAt(named, name).length, listAt(named, companionOf(name)).length);
}

export function insertItem(place: Spot, at: number, made: JsonValue): void {
  change(place, (values, extras) => {
    values.splice(at, 0, made.value ?? null);
    extras.splice(at, 0, made.extra ?? null);
  });
  rememberItem(place, at, made);
}

export function setItem(place: Spot, at: number, made: JsonValue): void {
  change(place, (values, extras) => {
    values[at] = made.value ?? null;
    extras[at] = made.extra ?? null;
  });
  rememberItem(place, at, made);
}

export function removeItem(place: Spot, at: number): void {
  change(place, (values, extras) => {
    values.splice(at, 1);
    extras.splice(at, 1);
  });
}

export function moveItem(place: Spot, source: number, destination: number): void {
  change(place, (values, extras) => {
    for (const list of [values, extras]) list.splice(destination, 0, ...list.splice(source, 1));
  });
}

/** The name under which JSON keeps what a primitive has besides its value. https://hl7.org/fhir/R4/json.html#primitive */
export function companionOf(name: string): string {
  return `_${name}`;
}

/** Both lists are as long as each other while they are changed; one that says nothing goes. */
function change({ holder, name }: Spot, by: (values: unknown[], extras: unknown[]) => void): void {
  const named = holder as Record<string, unknown>;
  const length = lengthOf({ holder, name });
  const values = padded(listAt(named, name), length);
  const extras = padded(listAt(named, companionOf(name)), length);
  by(values, extras);
  keep(named, name, values);
  keep(named, companionOf(name), extras);
}

function keep(holder: Record<string, unknown>, name: string, list: readonly unknown[]): void {
  if (list.some((item) => item !== null)) holder[name] = list;
  else Reflect.deleteProperty(holder, name);
}

function padded(list: readonly unknown[], length: number): unknown[] {
  return Array.from({ length }, (_, at) => list[at] ?? null);
}

function listAt(holder: Record<string, unknown>, name: string): readonly unknown[] {
  const list = holder[name];
  return Array.isArray(list) ? list : [];
}

function rememberItem({ holder, name }: Spot, at: number, { literal }: JsonValue): void {
  const list = (holder as Record<string, unknown>)[name];
  if (Array.isArray(list)) rememberAt({ holder: list, name: String(at) }, literal);
}
