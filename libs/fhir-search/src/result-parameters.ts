import { includesOf } from './includes.js';
import { malformed, tooCostly, unknown, unsupported } from './refusal.js';
import type { SearchLimits } from './limits.js';
import type { SearchQuery } from './search.js';

/** What the parameters about the result, not the resources, have said so far. https://hl7.org/fhir/R4/search.html#return */
export interface ResultPart extends Pick<SearchQuery, 'includes' | 'count' | 'total' | 'cursor'> {
  type: string;
  maxCount: number;
  countOnly: boolean;
  limits: SearchLimits;
}

type Understand = (part: ResultPart, value: string) => Partial<ResultPart>;

/** What one of them, `_sort` aside, changes. Throws FhirError where its name or value is not understood. */
export function understoodResult(part: ResultPart, name: string, value: string): Partial<ResultPart> {
  const understand = understandings.get(name);
  if (understand !== undefined) return understand(part, value);
  const [code = '', modifier = ''] = name.split(':');
  if (code === '_include' || code === '_revinclude') throw unknown(`The '${code}' modifier`, modifier, ['iterate']);
  throw unsupported(`'${code}' takes no modifier.`);
}

/** May stand several times. */
export function isRepeatable(name: string): boolean {
  return name.startsWith('_include') || name.startsWith('_revinclude');
}

const understandings: ReadonlyMap<string, Understand> = new Map<string, Understand>([
  ['_count', (part, value) => ({ count: countOf(part, value) })],
  ['_total', (_, value) => ({ total: totalOf(value) })],
  ['_summary', (_, value) => ({ countOnly: isCountOnly(value) })],
  ['_elements', (_, value) => requireElements(value)],
  ['_cursor', (_, value) => ({ cursor: cursorOf(value) })],
  ...['_include', '_revinclude'].flatMap((name) =>
    ['', ':iterate'].map((modifier): [string, Understand] => [
      `${name}${modifier}`,
      (part, value) => withIncludes(part, `${name}${modifier}`, value),
    ]),
  ),
]);

const longestCursor = 4096;
const summaries = ['true', 'text', 'data', 'count', 'false'];

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

/** The other summaries are about the form of each resource. */
function isCountOnly(value: string): boolean {
  if (!summaries.includes(value)) throw malformed('_summary', `one of ${summaries.join(', ')} is expected`);
  return value === 'count';
}

/** Which elements are served is about the form of each resource; here only its spelling. */
function requireElements(value: string): Partial<ResultPart> {
  const names = value.split(',');
  if (!names.every((name) => /^[A-Za-z][A-Za-z0-9.]{0,99}$/.test(name)))
    throw malformed('_elements', 'names of elements between commas are expected');
  return {};
}

function cursorOf(value: string): string {
  if (value === '' || value.length > longestCursor)
    throw malformed('_cursor', 'it is taken from a next link as it stands');
  return value;
}

/** Refuses what would fetch too much. */
function withIncludes(part: ResultPart, name: string, value: string): Partial<ResultPart> {
  const kind = { name, reverse: name.startsWith('_rev'), iterate: name.endsWith(':iterate') };
  const includes = [...part.includes, ...includesOf(part.type, kind, value)];
  const most = part.limits.spelledIncludes;
  if (includes.length > most)
    throw tooCostly(`Includes with '*' lead along at most ${String(most)} references; name the types, as in Task:*.`);
  return { includes };
}
