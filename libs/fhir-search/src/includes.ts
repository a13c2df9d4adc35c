import { referenceOf } from './criteria.js';
import { isBeingIndexed } from './loaded-parameters.js';
import { targetModifiers } from './modifiers.js';
import { type IndexedParameter, indexedParametersOf, searchableTypes } from './parameters.js';
import { malformed, unknown, unsupported } from './refusal.js';
import type { Include, SearchParameter } from './search.js';

/** `_include`, `_include:iterate`, `_revinclude`, `_revinclude:iterate`. */
export interface IncludeKind {
  name: string;
  reverse: boolean;
  iterate: boolean;
}

/** `Task:focus`, `Task:focus:ServiceRequest`, `Task:*` or `*`. https://hl7.org/fhir/R4/search.html#revinclude */
export function includesOf(type: string, kind: IncludeKind, value: string): Include[] {
  const pointers = pointersOf(type, kind, value);
  const { reverse, iterate } = kind;
  return pointers.map(({ source, parameter, target }) => ({
    reverse,
    source,
    parameter,
    ...(target === undefined ? {} : { target }),
    ...(iterate ? { iterate } : {}),
  }));
}

interface Pointer {
  source: string;
  parameter: SearchParameter;
  target: string | undefined;
}

function pointersOf(type: string, kind: IncludeKind, value: string): Pointer[] {
  if (value === '*') return everything(type, kind);
  const [source = '', code, target, ...more] = value.split(':');
  if (code === undefined || more.length > 0)
    throw malformed(kind.name, "Type:parameter, Type:parameter:Target, Type:* or '*' is expected");
  requireSource(type, kind, source);
  if (code !== '*') return [named(type, kind, { source, parameter: referenceOf(source, code), target })];
  if (target !== undefined && !searchableTypes().includes(target))
    throw unknown(`The '${kind.name}' target`, target, searchableTypes());
  return wildcard(source, kind, target ?? impliedTarget(type, kind));
}

function requireSource(type: string, { name, reverse, iterate }: IncludeKind, source: string): void {
  if (!searchableTypes().includes(source)) throw unknown(`The '${name}' resource type`, source, searchableTypes());
  if (reverse || iterate || source === type) return;
  throw unsupported(
    `'_include' here follows references of ${type}; those of ${source} are followed by '_include:iterate'.`,
  );
}

/** What is reversed points to the matches. */
function impliedTarget(type: string, { reverse, iterate }: IncludeKind): string | undefined {
  return reverse && !iterate ? type : undefined;
}

function named(type: string, { reverse, iterate, name }: IncludeKind, pointer: Pointer): Pointer {
  const { source, parameter, target } = pointer;
  if (target !== undefined && !parameter.targets.includes(target))
    throw unknown(`The ${source}:${parameter.code} target`, target, parameter.targets);
  const misses = !parameter.targets.includes(type) || (target !== undefined && target !== type);
  if (reverse && !iterate && misses)
    throw unsupported(`'${name}' ${source}:${parameter.code} does not point to ${type}.`);
  return pointer;
}

/** Every reference of the matches; reversed, every reference to them. */
function everything(type: string, kind: IncludeKind): Pointer[] {
  if (kind.iterate) return searchableTypes().flatMap((source) => wildcard(source, kind, undefined));
  if (kind.reverse) return searchableTypes().flatMap((source) => wildcard(source, kind, type));
  return wildcard(type, kind, undefined);
}

/** All references of a type; what another of them reads, too, is read once: `patient` within `subject`. */
function wildcard(source: string, { reverse }: IncludeKind, target: string | undefined): Pointer[] {
  const parameters = indexedParametersOf(source);
  const byTarget = found.get(parameters) ?? new Map<string | undefined, readonly SearchParameter[]>();
  found.set(parameters, byTarget);
  const references = byTarget.get(target) ?? distinctReferences(parameters, target);
  byTarget.set(target, references);
  return references
    .filter((parameter) => !isBeingIndexed(parameter))
    .map((parameter) => ({ source, parameter, target: reverse ? undefined : target }));
}

/** By the list of a type's parameters: a list with a parameter more or less is another list. */
const found = new WeakMap<readonly IndexedParameter[], Map<string | undefined, readonly SearchParameter[]>>();

function distinctReferences(parameters: readonly IndexedParameter[], target: string | undefined): SearchParameter[] {
  const references = parameters.filter((parameter) => targetModifiers(parameter).length > 0);
  const wanted = references.filter(({ targets }) => target === undefined || targets.includes(target));
  return wanted.filter((one, at) => !wanted.some((other, otherAt) => isSpared(one, other, otherAt < at)));
}

function isSpared(one: IndexedParameter, other: IndexedParameter, isOtherEarlier: boolean): boolean {
  return one !== other && readsAllOf(other, one) && (isOtherEarlier || !readsAllOf(one, other));
}

function readsAllOf(wide: IndexedParameter, narrow: IndexedParameter): boolean {
  if (wide.elements === undefined || narrow.elements === undefined) return false;
  const all = wide.elements;
  return narrow.elements.every((mine) =>
    all.some(
      (theirs) =>
        JSON.stringify(theirs.path) === JSON.stringify(mine.path) &&
        (theirs.resolvesTo === undefined || theirs.resolvesTo === mine.resolvesTo),
    ),
  );
}
