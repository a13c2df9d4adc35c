import { FhirError, type Issue } from '#fhir';
import { criterionOf, type Reading } from './criteria.js';
import { Budget, type SearchLimits, usualLimits } from './limits.js';
import { searchableTypes } from './parameters.js';
import { malformed, tooCostly, unknown, unsupported } from './refusal.js';
import { aboutForm, resultParameterNames } from './result-parameter-names.js';
import { isRepeatable, type ResultPart, understoodResult } from './result-parameters.js';
import type { Criterion, SearchQuery, SortKey } from './search.js';
import { sortOf } from './sort.js';
import { split } from './split.js';

export interface ParseOptions {
  /** `Prefer: handling=lenient`: what is not understood is left out, with a warning. Never for a conditional write. */
  lenient: boolean;
  /** Largest page; 1000 unless told. */
  maxCount?: number;
  /** What a search may cost, where it differs from the usual. */
  limits?: Partial<SearchLimits>;
  /** Own address of the server: a reference to `<baseUrl>/Task/1` finds those to Task/1, too. */
  baseUrl?: string;
}

export interface ParsedSearch {
  query: SearchQuery;
  /** What lenient handling left out. */
  warnings: Issue[];
}

const usualCount = 50;

/** https://hl7.org/fhir/R4/search.html: what a query string asks of one resource type. Throws FhirError with every fault found. */
export function parseSearch(type: string, query: URLSearchParams, options: ParseOptions): ParsedSearch {
  const limits = { ...usualLimits, ...options.limits };
  requireSearchable(type);
  requireBounds(query, limits);
  const draft = startOf(type, limits, options);
  const pairs = [...query].map(([name, value], at) => ({ name, value, at }));
  const issues: Issue[] = [];
  // A sort by distance looks for its place among all the criteria.
  for (const pair of [...pairs.filter(({ name }) => !isSort(name)), ...pairs.filter(({ name }) => isSort(name))]) {
    const faults = faultsOf(() => {
      understand(draft, pair);
    });
    issues.push(...faults);
    if (issues.length > limits.faults)
      throw tooCostly(`More than ${String(limits.faults)} parameters of this search are not understood.`);
  }
  if (issues.length > 0 && !options.lenient) throw new FhirError(issues, { status: 400 });
  return { query: finished(draft), warnings: issues.map(leftOut) };
}

/** The criteria of a conditional write: always strict, at least one, and nothing about a result. https://hl7.org/fhir/R4/http.html#ccreate */
export function parseCriteria(
  type: string,
  query: URLSearchParams,
  options: Omit<ParseOptions, 'lenient' | 'maxCount'> = {},
): readonly Criterion[] {
  const shaping = [...new Set([...query.keys()].map(codeOf))].filter(isAboutResult);
  if (shaping.length > 0) {
    const named = shaping.map((code) => `'${code}'`).join(', ');
    throw unsupported(`About the answer of a search, and no criterion: ${named}.`);
  }
  const { criteria } = parseSearch(type, query, { ...options, lenient: false }).query;
  if (criteria.length === 0)
    throw FhirError.of(
      'required',
      'A conditional interaction takes at least one search parameter, such as identifier.',
      {
        status: 400,
      },
    );
  return criteria;
}

interface Draft {
  criteria: Criterion[];
  sort: readonly SortKey[];
  result: ResultPart;
  reading: Reading;
  /** What was applied, each at the place where it was asked. */
  applied: ([name: string, value: string] | undefined)[];
}

function startOf(type: string, limits: SearchLimits, { maxCount = 1000, baseUrl }: ParseOptions): Draft {
  const count = Math.min(usualCount, maxCount);
  return {
    criteria: [],
    sort: [],
    result: { type, maxCount, includes: [], count, total: 'none', countOnly: false, limits },
    reading: { budget: new Budget(limits), depth: 0, baseUrl },
    applied: [],
  };
}

/** Adds one parameter to the draft, or throws FhirError and leaves the draft as it was. */
function understand(draft: Draft, { name, value, at }: { name: string; value: string; at: number }): void {
  if (aboutForm.has(name)) return;
  // PostgreSQL has no character U+0000.
  if (value.includes('\0')) throw malformed(name, 'it holds the character U+0000');
  if (isAboutResult(codeOf(name))) understandResult(draft, name, value);
  else draft.criteria.push(criterionOf(draft.result.type, { name, text: value }, draft.reading));
  draft.applied[at] = [name, name === '_count' ? String(draft.result.count) : value];
}

function understandResult(draft: Draft, name: string, value: string): void {
  if (!isRepeatable(name) && draft.applied.some((pair) => pair?.[0] === name))
    throw malformed(name, 'it is given more than once');
  const { type, limits } = draft.result;
  if (name === '_sort') draft.sort = sortOf(value, { type, criteria: draft.criteria, mostKeys: limits.sortKeys });
  else draft.result = { ...draft.result, ...understoodResult(draft.result, name, value) };
}

function codeOf(name: string): string {
  return name.split(':')[0] ?? '';
}

function isAboutResult(code: string): boolean {
  return resultParameterNames.some((each) => each === code);
}

function isSort(name: string): boolean {
  return codeOf(name) === '_sort';
}

function requireSearchable(type: string): void {
  if (!searchableTypes().includes(type)) throw unknown('The resource type', type, searchableTypes());
}

/** Bounds hold in lenient handling too: they protect the store. */
function requireBounds(query: URLSearchParams, limits: SearchLimits): void {
  const { parameters, values: mostValues, valueLength, includes } = limits;
  if (query.size > parameters) throw tooCostly(`A search takes at most ${String(parameters)} parameters.`);
  const texts = [...query.values()];
  if (texts.some((text) => text.length > valueLength))
    throw tooCostly(`A parameter's value has at most ${String(valueLength)} characters.`);
  const values = texts.reduce((sum, text) => sum + split(text, ',').length, 0);
  if (values > mostValues) throw tooCostly(`A search takes at most ${String(mostValues)} values.`);
  if ([...query.keys()].filter(isRepeatable).length > includes)
    throw tooCostly(`At most ${String(includes)} _include and _revinclude are taken.`);
}

function faultsOf(attempt: () => void): readonly Issue[] {
  try {
    attempt();
    return [];
  } catch (fault) {
    if (!(fault instanceof FhirError) || fault.issues.some(({ code }) => code === 'too-costly')) throw fault;
    return fault.issues;
  }
}

function leftOut(issue: Issue): Issue {
  return { ...issue, severity: 'warning', diagnostics: `${issue.diagnostics} It was left out of the search.` };
}

function finished({ criteria, sort, result, applied }: Draft): SearchQuery {
  const { type, includes, count, total, countOnly, cursor } = result;
  const isCount = countOnly || count === 0;
  return {
    type,
    criteria,
    includes,
    sort,
    count: isCount ? 0 : count,
    total: isCount ? 'accurate' : total,
    ...(cursor === undefined ? {} : { cursor }),
    applied: new URLSearchParams(applied.filter((pair) => pair !== undefined)),
  };
}
