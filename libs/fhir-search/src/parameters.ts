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
  /** Absent where only the FHIRPath expression says it. Of a composite: the elements within which its parts are sought. */
  elements?: readonly IndexedElement[];
  /** Where there are no elements: FHIR types of what the expression gives, if that is known. */
  valueTypes?: readonly string[];
  components?: readonly IndexedParameter[];
}

/** Of every type; the store keeps both beside the resource, so they are in no index. */
export const idParameter: IndexedParameter = {
  code: '_id',
  type: 'token',
  url: 'http://hl7.org/fhir/SearchParameter/Resource-id',
  expression: 'Resource.id',
  targets: [],
  single: true,
  elements: [{ path: [{ name: 'id' }], type: 'id' }],
};

export const lastUpdatedParameter: IndexedParameter = {
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
  return types;
}

export function indexedParametersOf(type: string): readonly IndexedParameter[] {
  return parametersByType.get(type) ?? [];
}

/** FHIR types of what a parameter indexes; undefined where they show only when it is evaluated. */
export function indexedElementTypes(parameter: SearchParameter): readonly string[] | undefined {
  const { elements, valueTypes } = parameter as IndexedParameter;
  return elements?.map(({ type }) => type) ?? valueTypes;
}

/** Adds a parameter to the type's. The list is a new one: whoever keeps something made of the old one sees that it is old. */
export function addParameter(type: string, parameter: IndexedParameter): void {
  replaceParameters(type, [...indexedParametersOf(type), parameter]);
}

export function removeParameter(type: string, url: string): void {
  replaceParameters(
    type,
    indexedParametersOf(type).filter((parameter) => parameter.url !== url),
  );
}

const generated = new URL('../generated/search-parameters.json', import.meta.url);
const definitions = JSON.parse(readFileSync(generated, 'utf8')) as { types: Record<string, IndexedParameter[]> };
const types: readonly string[] = Object.keys(definitions.types);
const parametersByType = new Map<string, readonly IndexedParameter[]>();
const byCode = new Map<string, ReadonlyMap<string, SearchParameter>>();
for (const [type, parameters] of Object.entries(definitions.types)) replaceParameters(type, parameters);

function replaceParameters(type: string, parameters: readonly IndexedParameter[]): void {
  const all = [idParameter, lastUpdatedParameter, ...parameters];
  parametersByType.set(type, parameters);
  byCode.set(type, new Map(all.map((parameter) => [parameter.code, parameter])));
}
