import { knownParameter } from './criteria.js';
import { searchParametersOf } from './parameters.js';
import { quoted, tooCostly, unsupported } from './refusal.js';
import type { Criterion, SearchParameter, SortKey } from './search.js';

/** What a search is asked with beside its `_sort`. */
export interface Sorted {
  type: string;
  criteria: readonly Criterion[];
  mostKeys: number;
}

/** `-authored-on,_id`, `near`, `location.near`. https://hl7.org/fhir/R4/search.html#sort */
export function sortOf(value: string, sorted: Sorted): SortKey[] {
  const keys = value.split(',');
  if (keys.length > sorted.mostKeys) throw tooCostly(`'_sort' takes at most ${String(sorted.mostKeys)} keys.`);
  return keys.map((key) => {
    const descending = key.startsWith('-');
    return { ...keyed(descending ? key.slice(1) : key, sorted), descending };
  });
}

function keyed(name: string, sorted: Sorted): Omit<SortKey, 'descending'> {
  const [code = '', rest, ...more] = name.split('.');
  if (rest !== undefined) return throughKey({ name, code, rest: [rest, ...more].join('.') }, sorted);
  const parameter = knownParameter(sorted.type, code);
  if (parameter.type === 'composite')
    throw unsupported(`A search cannot be sorted by ${quoted(code)}, which is composite.`);
  if (parameter.type === 'special') requireOnePlace(name, placesSought(sorted.criteria, parameter));
  return { parameter };
}

/** Only a distance is sorted by along a reference. */
function throughKey(
  { name, code, rest }: { name: string; code: string; rest: string },
  { type, criteria }: Sorted,
): Omit<SortKey, 'descending'> {
  const through = knownParameter(type, code);
  const near = searchParametersOf('Location').find((parameter) => parameter.code === rest);
  if (near?.type !== 'special' || !through.targets.includes('Location'))
    throw unsupported(
      `A search cannot be sorted by ${quoted(name)}: along a reference only a distance counts, as in location.near.`,
    );
  const along = criteria.flatMap((criterion) =>
    'chain' in criterion && criterion.chain.parameter === through
      ? criterion.chain.targets.map((target) => target.criterion)
      : [],
  );
  requireOnePlace(name, placesSought(along, near));
  return { parameter: near, through };
}

function placesSought(criteria: readonly Criterion[], near: SearchParameter): number {
  return criteria.filter(
    (criterion) => 'parameter' in criterion && criterion.parameter === near && criterion.modifier === undefined,
  ).length;
}

function requireOnePlace(name: string, places: number): void {
  if (places !== 1)
    throw unsupported(`'_sort' by ${quoted(name)} needs one place in the search, such as ${name}=53.79|-1.75|5|km.`);
}
