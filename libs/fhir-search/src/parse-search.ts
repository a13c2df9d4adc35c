import { FhirError, type Issue } from '#fhir';
import { criterionOf } from './criteria.js';
import { searchableTypes } from './parameters.js';
import { malformed, quoted, tooCostly, unknown, unsupported } from './refusal.js';
import { aboutForm, repeatable, requireFewIncludes, type ResultPart, resultParameters } from './result-parameters.js';
import type { Criterion, SearchQuery } from './search.js';
import { split } from './split.js';

export interface ParseOptions {
  /** `Prefer: handling=lenient`: what is not understood is left out, with a warning. Never for a conditional write. */
  lenient: boolean;
  /** Largest page; 1000 unless told. */
  maxCount?: number;
}

export interface ParsedSearch {
  query: SearchQuery;
  /** What lenient handling left out. */
  warnings: Issue[];
}

const mostParameters = 100;
const mostValues = 200;
const usualCount = 50;

/** https://hl7.org/fhir/R4/search.html: what a query string asks of one resource type. Throws FhirError with every fault found. */
export function parseSearch(type: string, query: URLSearchParams, options: ParseOptions): ParsedSearch {
  if (!searchableTypes().includes(type)) throw unknown('The resource type', type, searchableTypes());
  requireBounds(query);
  const draft = startOf(type, options.maxCount ?? 1000);
  const issues: Issue[] = [];
  for (const [name, value] of query)
    issues.push(
      ...faultsOf(() => {
        understand(draft, name, value);
      }),
    );
  if (issues.length > 0 && !options.lenient) throw new FhirError(issues, { status: 400 });
  requireFewIncludes(draft.result.includes);
  return { query: finished(draft), warnings: issues.map(leftOut) };
}

interface Draft {
  criteria: Criterion[];
  result: ResultPart;
  applied: URLSearchParams;
}

function startOf(type: string, maxCount: number): Draft {
  const count = Math.min(usualCount, maxCount);
  const result: ResultPart = { type, maxCount, includes: [], sort: [], count, total: 'none', countOnly: false };
  return { criteria: [], result, applied: new URLSearchParams() };
}

/** Adds one parameter to the draft, or throws FhirError and leaves the draft as it was. */
function understand(draft: Draft, name: string, value: string): void {
  if (aboutForm.has(name)) return;
  // PostgreSQL has no character U+0000.
  if (value.includes('\0')) throw malformed(name, 'it holds the character U+0000');
  const [code = ''] = name.split(':');
  if (resultParameters.has(code)) understandResult(draft, name, value);
  else draft.criteria.push(criterionOf(draft.result.type, name, value));
  const said = code === '_count' ? String(draft.result.count) : value;
  draft.applied.append(name, said);
}

function understandResult(draft: Draft, name: string, value: string): void {
  const change = resultParameters.get(name);
  if (change === undefined)
    throw unsupported(`${quoted(name)} is not supported: this parameter takes no modifier yet.`);
  if (!repeatable.has(name) && draft.applied.has(name)) throw malformed(name, 'it is given more than once');
  draft.result = { ...draft.result, ...change(draft.result, value) };
}

/** Bounds hold in lenient handling too: they protect the store. */
function requireBounds(query: URLSearchParams): void {
  if (query.size > mostParameters) throw tooCostly(`A search takes at most ${String(mostParameters)} parameters.`);
  let values = 0;
  for (const value of query.values()) values += split(value, ',').length;
  if (values > mostValues) throw tooCostly(`A search takes at most ${String(mostValues)} values.`);
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

function finished({ criteria, result, applied }: Draft): SearchQuery {
  const { type, includes, sort, count, total, countOnly, cursor } = result;
  const isCount = countOnly || count === 0;
  return {
    type,
    criteria,
    includes,
    sort,
    count: isCount ? 0 : count,
    total: isCount ? 'accurate' : total,
    ...(cursor === undefined ? {} : { cursor }),
    applied,
  };
}
