import { compile, resolveInternalTypes, types } from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4';
import type { FhirResource } from 'fhir/r4';
import { indexValuesOf } from './index-values.js';
import { type IndexedElement, type IndexedParameter, indexedParametersOf, type Step } from './parameters.js';
import type { IndexEntry, IndexValue } from './search.js';

/** What a resource says under each parameter of its type; parameters without a value are absent. */
export function indexEntriesOf(resource: FhirResource): IndexEntry[] {
  return indexersOf(resource.resourceType)
    .map(({ parameter, read }) => ({ parameter, values: distinct(read(resource)) }))
    .filter(({ values }) => values.length > 0);
}

interface Indexer {
  parameter: IndexedParameter;
  read: (resource: FhirResource) => IndexValue[];
}

const indexersByType = new Map<string, readonly Indexer[]>();

/** Compiled at the first resource of the type. */
function indexersOf(type: string): readonly Indexer[] {
  const known = indexersByType.get(type);
  if (known) return known;
  const made = indexedParametersOf(type).map((parameter) => ({ parameter, read: readerOf(parameter) }));
  // Types that are not served have none and are not remembered: their names come from outside.
  if (made.length > 0) indexersByType.set(type, made);
  return made;
}

function readerOf(parameter: IndexedParameter): Indexer['read'] {
  if (parameter.elements === undefined) return fhirPathReader(parameter);
  const readers = parameter.elements.map((element) => elementReader(parameter, element));
  const [only, ...others] = readers;
  if (only !== undefined && others.length === 0) return only;
  return (resource) => readers.flatMap((read) => read(resource));
}

function elementReader(parameter: IndexedParameter, { path, type, resolvesTo }: IndexedElement): Indexer['read'] {
  const context = { parameter, resolvesTo };
  return (resource) => {
    const values = valuesAt(resource, path);
    return values.length === 0 ? [] : values.flatMap((value) => indexValuesOf(type, value, context));
  };
}

/** For the few expressions that are more than a path. */
function fhirPathReader(parameter: IndexedParameter): Indexer['read'] {
  const evaluate = compile(parameter.expression, r4, { resolveInternalTypes: false, traceFn: () => undefined });
  return (resource) => {
    const found = evaluate(resource) as unknown[];
    const typeNames = types(found).map(elementType);
    const values = resolveInternalTypes(found) as unknown[];
    return values.flatMap((value, index) => indexValuesOf(typeNames[index] ?? '', value, { parameter }));
  };
}

/** `FHIR.HumanName` is HumanName, `System.Boolean` is boolean. */
function elementType(name: string): string {
  const [namespace, type = ''] = name.split('.');
  return namespace === 'System' ? `${type.slice(0, 1).toLowerCase()}${type.slice(1)}` : type;
}

function valuesAt(resource: FhirResource, path: readonly Step[]): readonly unknown[] {
  let found: unknown[] = [resource];
  for (const step of path) {
    const next: unknown[] = [];
    for (const node of found) pushChildren(next, node, step);
    // Most resources say nothing under most parameters.
    if (next.length === 0) return next;
    found = next;
  }
  return found;
}

function pushChildren(into: unknown[], node: unknown, { name, where }: Step): void {
  const value = childOf(node, name);
  for (const child of Array.isArray(value) ? (value as unknown[]) : [value]) {
    const isWanted = where === undefined || childOf(child, where[0]) === where[1];
    if (isWanted && child !== undefined && child !== null) into.push(child);
  }
}

function childOf(node: unknown, name: string): unknown {
  return typeof node === 'object' && node !== null ? (node as Record<string, unknown>)[name] : undefined;
}

function distinct(values: readonly IndexValue[]): readonly IndexValue[] {
  if (values.length < 2) return values;
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
