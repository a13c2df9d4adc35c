import type { FhirResource } from 'fhir/r4';
import { type Audience, sees } from '#fhir';
import {
  type Criterion,
  indexEntriesOf,
  lastUpdatedParameter,
  type IndexValue,
  type SearchQuery,
  type SearchValue,
  type SortKey,
} from '#fhir-search';
import type { Stored } from '../src/index.js';

/** What a search must find: every row looked at, nothing indexed. In the order of its pages. */
export function found(rows: readonly Stored[], query: SearchQuery, reader: Audience): string[] {
  return rows
    .filter((row) => row.type === query.type && !row.deleted && sees(reader, row.audience))
    .filter((row) => query.criteria.every((criterion) => matches(row, criterion)))
    .sort((a, b) => inOrder(a, b, query.sort))
    .map(({ id }) => id);
}

function matches(row: Stored, criterion: Criterion): boolean {
  const { parameter, modifier } = criterion;
  const said = saidIn(row, parameter.code);
  if (modifier === 'missing') return (said.length === 0) === criterion.missing;
  const kinds = parameter.type === 'reference' ? [modifier === 'identifier' ? 'token' : 'reference'] : undefined;
  const compared = said.filter(({ type }) => kinds === undefined || kinds.includes(type));
  const any = criterion.values.some((sought) => compared.some((value) => matchesValue(value, sought, criterion)));
  return modifier === 'not' ? !any : any;
}

function saidIn(row: Stored, code: string): readonly IndexValue[] {
  if (code === '_id') return [{ type: 'token', value: row.id }];
  if (code === '_lastUpdated') {
    const { lastUpdated: low } = row;
    return [{ type: 'date', low, high: new Date(low.getTime() + 1) }];
  }
  const entries = indexEntriesOf(JSON.parse(row.content) as FhirResource);
  return entries.find(({ parameter }) => parameter.code === code)?.values ?? [];
}

function matchesValue(value: IndexValue, sought: SearchValue, criterion: Criterion): boolean {
  if (value.type === 'token' && sought.type === 'token') return matchesToken(value, sought, criterion);
  if (value.type === 'string' && sought.type === 'string') return matchesText(value, sought, criterion.modifier);
  if (value.type === 'date' && sought.type === 'date')
    return within(numbered(value), { ...sought, ...numbered(sought) });
  if (value.type === 'number' && sought.type === 'number') return matchesNumber(value, sought);
  return textOf(value) === textOf(sought);
}

function textOf(value: IndexValue | SearchValue): string {
  return 'value' in value ? `${value.type} ${value.value}` : value.type;
}

type Of<Value, Type> = Extract<Value, { type: Type }>;

function matchesToken(
  value: Of<IndexValue, 'token'>,
  sought: Of<SearchValue, 'token'>,
  { modifier, parameter }: Criterion,
): boolean {
  // The element is a code: it says no system, and where the binding does not fix one, it may be of any.
  const isCode = parameter.single && modifier !== 'identifier';
  const systems = [undefined, value.system ?? '', ...(isCode ? ['', parameter.system ?? sought.system] : [])];
  return systems.includes(sought.system) && [undefined, value.value].includes(sought.value);
}

function matchesText(
  value: Of<IndexValue, 'string'>,
  sought: Of<SearchValue, 'string'>,
  modifier: Criterion['modifier'],
): boolean {
  if (modifier === 'exact') return value.exact === sought.exact;
  return modifier === 'contains' ? value.value.includes(sought.value) : value.value.startsWith(sought.value);
}

function matchesNumber(value: Of<IndexValue, 'number'>, sought: Of<SearchValue, 'number'>): boolean {
  return (
    [undefined, value.unit].includes(sought.unit) &&
    [undefined, value.system].includes(sought.system) &&
    within(value, sought)
  );
}

interface Interval {
  low: number;
  high: number;
}

function numbered({ low, high }: { low: Date; high: Date }): Interval {
  return { low: low.getTime(), high: high.getTime() };
}

function within(own: Interval, { prefix, low, high }: Interval & { prefix: string }): boolean {
  const equal = own.low >= low && own.high <= high;
  const answers: Record<string, boolean> = {
    eq: equal,
    ne: !equal,
    gt: own.high > high,
    lt: own.low < low,
    ge: own.high > high || equal,
    le: own.low < low || equal,
    sa: own.low >= high,
    eb: own.high <= low,
    ap: own.low < high && own.high > low,
  };
  return answers[prefix] ?? false;
}

function inOrder(a: Stored, b: Stored, sort: readonly SortKey[]): number {
  const keys = sort.length > 0 ? sort : [{ parameter: lastUpdatedParameter, descending: true }];
  const [decisive] = keys
    .map((key) => compare(sortValueOf(a, key), sortValueOf(b, key), key.descending))
    .filter(Boolean);
  return decisive ?? compare(a.id, b.id, keys.at(-1)?.descending === true);
}

/** What has no value stands last, whichever way it is sorted. */
function compare(a: string | number | undefined, b: string | number | undefined, descending: boolean): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  return a < b !== descending ? -1 : 1;
}

function sortValueOf(row: Stored, { parameter }: SortKey): string | number | undefined {
  const value = saidIn(row, parameter.code).find(({ type }) => parameter.type !== 'reference' || type === 'reference');
  if (value?.type === 'date') return value.low.getTime();
  return value && 'value' in value ? value.value : undefined;
}
