import { readFileSync } from 'node:fs';
import type { SearchParameter } from './search.js';

/** One step of a path in a resource: a JSON property, and which of its items, such as `telecom` where system is `email`. */
export interface Step {
  name: string;
  where?: [key: string, value: string];
}

/** One element that a parameter indexes. */
export interface IndexedElement {
  path: readonly Step[];
  /** FHIR type at the path; choices are resolved. */
  type: string;
  /** Only references to this type. */
  resolvesTo?: string;
}

export interface IndexedParameter extends SearchParameter {
  /** Absent where only the FHIRPath expression says it. */
  elements?: readonly IndexedElement[];
}

/** Of every type; the store keeps both beside the resource, so they are in no index. */
export const idParameter: SearchParameter = {
  code: '_id',
  type: 'token',
  url: 'http://hl7.org/fhir/SearchParameter/Resource-id',
  expression: 'Resource.id',
  targets: [],
  single: true,
};

export const lastUpdatedParameter: SearchParameter = {
  code: '_lastUpdated',
  type: 'date',
  url: 'http://hl7.org/fhir/SearchParameter/Resource-lastUpdated',
  expression: 'Resource.meta.lastUpdated',
  targets: [],
  single: true,
};

/** The indexed parameters of a type, `_id` and `_lastUpdated` not among them; none for a type that Ginnel does not serve. */
export function searchParametersOf(type: string): readonly SearchParameter[] {
  return indexedParametersOf(type);
}

/** The parameter of this code, `_id` and `_lastUpdated` included. */
export function searchParameter(type: string, code: string): SearchParameter | undefined {
  return byCode.get(type)?.get(code);
}

/** Every type that can be searched, in the order of the owners' table. */
export function searchableTypes(): readonly string[] {
  return [...parametersByType.keys()];
}

export function indexedParametersOf(type: string): readonly IndexedParameter[] {
  return parametersByType.get(type) ?? [];
}

const generated = new URL('../generated/search-parameters.json', import.meta.url);
const definitions = JSON.parse(readFileSync(generated, 'utf8')) as { types: Record<string, IndexedParameter[]> };
const parametersByType = new Map<string, readonly IndexedParameter[]>(Object.entries(definitions.types));
const byCode = new Map(
  [...parametersByType].map(([type, parameters]) => [
    type,
    new Map([idParameter, lastUpdatedParameter, ...parameters].map((parameter) => [parameter.code, parameter])),
  ]),
);
