import { FhirError, type IssueCode } from '#fhir';
import { propertiesOf, type Property } from '../../formats/elements.js';
import type { FoundElement, Place } from './element-path.js';
import { chosen, propertyFor, put, valueOf } from './element-value.js';
import type { PatchValue } from './patch-operation.js';
import { companionOf, insertItem, lengthOf, moveItem, removeItem, setItem } from './primitive-list.js';

/** Adds an element below the one that the path leads to; at the end, where there may be several. */
export function addAt(elements: readonly FoundElement[], { name, value }: { name: string; value: PatchValue }): void {
  const { type, value: holder } = one(elements);
  if (typeof holder !== 'object' || holder === null) {
    throw refused('value', 'the path leads to a value that can have no elements.');
  }
  const property = propertyFor(type, name, value);
  const place = { holder, name: property.name };
  const made = valueOf(value, property.type);
  if (property.element.isList) insertItem(place, lengthOf(place), made);
  else if (isThere(holder, property)) {
    throw refused(
      'duplicate',
      `the element ${property.element.name} is there already and may be there once; replace it.`,
    );
  } else put(place, made);
}

export function insertAt(elements: readonly FoundElement[], { value, at }: { value: PatchValue; at: number }): void {
  const list = wholeList(elements);
  const length = lengthOf(list);
  if (at > length) throw refused('value', `the index is beyond the ${String(length)} elements that are there.`);
  insertItem(list, at, valueOf(value, elements[0]?.type ?? ''));
}

/** What is not there needs no deleting. */
export function deleteAt(elements: readonly FoundElement[]): void {
  if (elements.length === 0) return;
  const place = placeOf(one(elements));
  if (place.index === undefined) clear(place);
  else removeItem(place, place.index);
}

export function replaceAt(elements: readonly FoundElement[], { value }: { value: PatchValue }): void {
  const found = one(elements);
  const place = placeOf(found);
  if (place.index !== undefined) {
    setItem(place, place.index, valueOf(value, found.type));
    return;
  }
  const choices = choicesOf(place);
  const property = choices.length === 0 ? undefined : chosen(choices, value);
  const made = valueOf(value, property?.type ?? found.type);
  clear(place);
  put({ holder: place.holder, name: property?.name ?? place.name }, made);
}

export function moveWithin(
  elements: readonly FoundElement[],
  { source, destination }: { source: number; destination: number },
): void {
  const list = wholeList(elements);
  const length = lengthOf(list);
  if (source >= length || destination >= length) {
    throw refused('value', `source and destination must be below ${String(length)}, the number of elements there.`);
  }
  moveItem(list, source, destination);
}

function one(elements: readonly FoundElement[]): FoundElement {
  const [found, another] = elements;
  if (!found) throw refused('not-found', 'the path leads to nothing.');
  if (another) throw refused('multiple-matches', 'the path leads to several elements, and must lead to one.');
  return found;
}

function placeOf({ place }: FoundElement): Place {
  if (place) return place;
  throw refused('business-rule', 'the resource itself is neither deleted nor replaced by a patch.');
}

/** The list whose items the path leads to: all of them, or an index would not be what it seems. */
function wholeList(elements: readonly FoundElement[]): Place {
  const [first] = elements;
  if (!first) throw refused('not-found', 'the path leads to no list that is there; add makes one.');
  const place = placeOf(first);
  const isWhole =
    place.index !== undefined &&
    elements.every((other) => other.place?.holder === place.holder && other.place.name === place.name) &&
    elements.length === lengthOf(place);
  if (!isWhole) throw refused('value', 'the path must lead to one whole list.');
  return place;
}

/** The properties that stand for each other where this one stands: `valueString` and `valueQuantity`. */
function choicesOf({ holderType, name }: Place): Property[] {
  const properties = propertiesOf(holderType);
  const own = properties?.get(name);
  return own && properties ? [...properties.values()].filter(({ element }) => element === own.element) : [];
}

function isThere(holder: object, { element }: Property): boolean {
  const stem = element.name.replace(/\[x\]$/, '');
  const isChoice = element.name !== stem;
  return Object.keys(holder).some((key) => {
    const name = key.replace(/^_/, '');
    return name === stem || (isChoice && name.startsWith(stem) && /^[A-Z]/.test(name.slice(stem.length)));
  });
}

function clear({ holder, name }: Place): void {
  Reflect.deleteProperty(holder, name);
  Reflect.deleteProperty(holder, companionOf(name));
}

function refused(code: IssueCode, diagnostics: string): FhirError {
  return FhirError.of(code, diagnostics);
}
