import { searchableTypes, searchParameter, searchParametersOf } from './parameters.js';
import { malformed, tooCostly, unknown, unsupported } from './refusal.js';
import type { Include, SearchParameter, SearchQuery, SortKey } from './search.js';

/** What the parameters about the result, not the resources, have said so far. https://hl7.org/fhir/R4/search.html#return */
export interface ResultPart extends Pick<SearchQuery, 'includes' | 'sort' | 'count' | 'total' | 'cursor'> {
  type: string;
  maxCount: number;
  countOnly: boolean;
}

type Understand = (part: ResultPart, value: string) => Partial<ResultPart>;

/** Each gives what it changes, or throws FhirError. */
export const resultParameters: ReadonlyMap<string, Understand> = new Map<string, Understand>([
  ['_count', (part, value) => ({ count: countOf(part, value) })],
  ['_sort', (part, value) => ({ sort: sortOf(part.type, value) })],
  ['_total', (_, value) => ({ total: totalOf(value) })],
  ['_summary', (_, value) => ({ countOnly: isCountOnly(value) })],
  ['_include', (part, value) => ({ includes: [...part.includes, forwardInclude(part.type, value)] })],
  ['_revinclude', (part, value) => ({ includes: [...part.includes, reverseInclude(part.type, value)] })],
  ['_cursor', (_, value) => ({ cursor: cursorOf(value) })],
]);

/** May stand several times. */
export const repeatable: ReadonlySet<string> = new Set(['_include', '_revinclude']);

/** About the form of the answer: the face of the server reads them. */
export const aboutForm: ReadonlySet<string> = new Set(['_format', '_pretty']);

/** Of the specification, but not offered. */
export const notOffered: ReadonlySet<string> = new Set([
  '_contained',
  '_containedType',
  '_content',
  '_elements',
  '_filter',
  '_list',
  '_query',
  '_score',
  '_text',
  '_type',
]);

const mostSortKeys = 5;
const mostIncludes = 20;
const longestCursor = 4096;

function countOf({ maxCount }: ResultPart, value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw malformed('_count', 'a whole number from 0 is expected');
  return Math.min(Number(value), maxCount);
}

function totalOf(value: string): 'none' | 'accurate' {
  if (value === 'none') return 'none';
  // An exact number is as good as an estimate.
  if (value === 'accurate' || value === 'estimate') return 'accurate';
  throw malformed('_total', 'none, estimate or accurate is expected');
}

function isCountOnly(value: string): boolean {
  if (value === 'count') return true;
  if (value === 'false') return false;
  throw unsupported("'_summary' is supported as 'count' and 'false' only: resources are served whole.");
}

function cursorOf(value: string): string {
  if (value === '' || value.length > longestCursor)
    throw malformed('_cursor', 'it is taken from a next link as it stands');
  return value;
}

function sortOf(type: string, value: string): SortKey[] {
  const keys = value.split(',');
  if (keys.length > mostSortKeys) throw tooCostly(`'_sort' takes at most ${String(mostSortKeys)} keys.`);
  return keys.map((key) => {
    const descending = key.startsWith('-');
    return { parameter: sortable(type, descending ? key.slice(1) : key), descending };
  });
}

function sortable(type: string, code: string): SearchParameter {
  const parameter = searchParameter(type, code);
  if (parameter?.single === true) return parameter;
  const codes = [
    '_id',
    '_lastUpdated',
    ...searchParametersOf(type)
      .filter(({ single }) => single)
      .map((each) => each.code),
  ];
  if (parameter === undefined) throw unknown(`The '_sort' parameter`, code, codes);
  throw unsupported(
    `${type} cannot be sorted by '${code}', which may have several values; it can by ${codes.join(', ')}.`,
  );
}

function forwardInclude(type: string, value: string): Include {
  const { source, parameter, target } = pointerOf('_include', value);
  if (source !== type)
    throw unsupported(`'_include' here follows references of ${type}; ':iterate' is not supported yet.`);
  return { reverse: false, source, parameter, ...(target === undefined ? {} : { target }) };
}

function reverseInclude(type: string, value: string): Include {
  const { source, parameter, target } = pointerOf('_revinclude', value);
  if (!parameter.targets.includes(type) || (target !== undefined && target !== type)) {
    throw unsupported(`'_revinclude' ${source}:${parameter.code} does not point to ${type}.`);
  }
  return { reverse: true, source, parameter, ...(target === undefined ? {} : { target }) };
}

/** `Task:focus` or `Task:focus:ServiceRequest`. */
function pointerOf(
  name: string,
  value: string,
): { source: string; parameter: SearchParameter; target: string | undefined } {
  const [source = '', code, target, ...more] = value.split(':');
  if (value.includes('*'))
    throw unsupported(`'${name}' with '*' is not supported yet; name the parameter, such as Task:focus.`);
  if (code === undefined || more.length > 0)
    throw malformed(name, 'Type:parameter or Type:parameter:Target is expected');
  if (!searchableTypes().includes(source)) throw unknown(`The '${name}' resource type`, source, searchableTypes());
  const references = searchParametersOf(source).filter(({ type }) => type === 'reference');
  const parameter = references.find((each) => each.code === code);
  if (parameter === undefined) {
    throw unknown(
      `${source}'s reference parameter`,
      code,
      references.map((each) => each.code),
    );
  }
  if (target !== undefined && !parameter.targets.includes(target)) {
    throw unknown(`The ${source}:${parameter.code} target`, target, parameter.targets);
  }
  return { source, parameter, target };
}

/** Refuses what would fetch too much. */
export function requireFewIncludes(includes: readonly Include[]): void {
  if (includes.length > mostIncludes)
    throw tooCostly(`At most ${String(mostIncludes)} _include and _revinclude are taken.`);
}
