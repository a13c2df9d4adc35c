import type { FhirResource } from 'fhir/r4';
import { type Audience, sees } from '#fhir';
import {
  type Criterion,
  hierarchyOf,
  indexEntriesOf,
  lastUpdatedParameter,
  type IndexValue,
  type ParameterCriterion,
  type SearchParameter,
  type SearchQuery,
  type SearchValue,
  type SortKey,
} from '#fhir-search';
import type { Stored } from '../src/index.js';

/** What a search must find: every row looked at, nothing indexed. In the order of its pages. */
export function found(rows: readonly Stored[], query: SearchQuery, reader: Audience): string[] {
  const world = new World(rows.filter((row) => !row.deleted && sees(reader, row.audience)));
  return world
    .ofType(query.type)
    .filter((row) => query.criteria.every((criterion) => matches(row, criterion, world)))
    .map((row) => ({ row, keys: keysOf(row, query, world) }))
    .sort((a, b) => inOrder(a, b, directionsOf(query)))
    .map(({ row }) => row.id);
}

/** What a reader may see, and what it says. */
export class World {
  readonly #byType = new Map<string, Stored[]>();
  readonly #byName = new Map<string, Stored>();

  constructor(visible: readonly Stored[]) {
    for (const row of visible) {
      this.#byName.set(nameOf(row), row);
      this.#byType.set(row.type, [...(this.#byType.get(row.type) ?? []), row]);
    }
  }

  ofType(type: string): readonly Stored[] {
    return this.#byType.get(type) ?? [];
  }

  named(reference: string): Stored | undefined {
    return this.#byName.get(reference);
  }
}

export function nameOf({ type, id }: Stored): string {
  return `${type}/${id}`;
}

function matches(row: Stored, criterion: Criterion, world: World): boolean {
  if ('chain' in criterion) {
    const { parameter, targets } = criterion.chain;
    const behind = referencesOf(row, parameter).map((reference) => world.named(reference));
    return targets.some((target) =>
      behind.some((other) => other?.type === target.type && matches(other, target.criterion, world)),
    );
  }
  if ('has' in criterion) {
    const { type, parameter, criterion: inner } = criterion.has;
    const pointing = world.ofType(type).filter((other) => referencesOf(other, parameter).includes(nameOf(row)));
    return pointing.some((other) => matches(other, inner, world));
  }
  return matchesParameter(row, criterion, world);
}

function matchesParameter(row: Stored, criterion: ParameterCriterion, world: World): boolean {
  const { parameter, modifier } = criterion;
  const said = saidIn(row, parameter);
  if (modifier === 'missing') return (said.length === 0) === criterion.missing;
  const isTree = parameter.type === 'reference' && (modifier === 'above' || modifier === 'below');
  const values = isTree ? criterion.values.flatMap((value) => treeOf(value, modifier, world)) : criterion.values;
  const any = values.some((sought) => said.some((value) => matchesValue(value, sought, criterion)));
  return modifier === 'not' || modifier === 'not-in' ? !any : any;
}

/** The resource that is named and all below or above it. */
function treeOf(sought: SearchValue, way: 'above' | 'below', world: World): SearchValue[] {
  if (sought.type !== 'reference') return [];
  const type = sought.value.split('/')[0] ?? '';
  const parameter = hierarchyOf(type);
  if (!parameter) return [sought];
  const known = new Set([sought.value]);
  for (const reference of known) {
    const here = world.named(reference);
    const next =
      way === 'above'
        ? here
          ? referencesOf(here, parameter)
          : []
        : world
            .ofType(type)
            .filter((other) => referencesOf(other, parameter).includes(reference))
            .map(nameOf);
    for (const one of next) known.add(one);
  }
  return [...known].map((value) => ({ type: 'reference', value }));
}

export function referencesOf(row: Stored, parameter: SearchParameter): string[] {
  return saidIn(row, parameter).flatMap((value) => (value.type === 'reference' ? [value.value] : []));
}

const said = new WeakMap<Stored, Map<string, readonly IndexValue[]>>();

function saidIn(row: Stored, { code }: SearchParameter): readonly IndexValue[] {
  if (code === '_id') return [{ type: 'token', value: row.id }];
  if (code === '_lastUpdated') {
    const { lastUpdated: low } = row;
    return [{ type: 'date', low, high: new Date(low.getTime() + 1) }];
  }
  let known = said.get(row);
  if (!known) {
    const entries = indexEntriesOf(JSON.parse(row.content) as FhirResource);
    known = new Map(entries.map(({ parameter, values }) => [parameter.code, values]));
    said.set(row, known);
  }
  return known.get(code) ?? [];
}

type Asked = Pick<ParameterCriterion, 'modifier' | 'parameter'>;

function matchesValue(value: IndexValue, sought: SearchValue, criterion: Asked): boolean {
  if (value.type === 'position' && sought.type === 'near') return metresBetween(value, sought) <= sought.metres;
  if (value.type !== sought.type) return false;
  const compare = comparisons[value.type] as (value: IndexValue, sought: SearchValue, criterion: Asked) => boolean;
  return compare(value, sought, criterion);
}

type Of<Value, Type> = Extract<Value, { type: Type }>;
type Compared = IndexValue['type'] & SearchValue['type'];

const comparisons: {
  [Type in Compared]: (value: Of<IndexValue, Type>, sought: Of<SearchValue, Type>, criterion: Asked) => boolean;
} & Partial<Record<IndexValue['type'], unknown>> = {
  composite: (value, sought, criterion) =>
    sought.parts.every((part, at) =>
      (value.parts[at] ?? []).some((own) => matchesValue(own, part, partOf(criterion, at))),
    ),
  token: matchesToken,
  string: (value, sought, { modifier }) => matchesText(value, sought, modifier),
  date: (value, sought) => within(numbered(value), { ...sought, ...numbered(sought) }),
  number: matchesNumber,
  uri: (value, sought, { modifier }) => matchesUri(value.value, sought.value, modifier),
  text: (value, sought) => value.value.startsWith(sought.value),
  typedIdentifier: (value, sought) =>
    (sought.system === undefined || (value.system ?? '') === sought.system) &&
    value.code === sought.code &&
    value.value === sought.value,
  reference: (value, sought) => value.value === sought.value,
};

/** The parts of a composite lie in rows, where a code has its system or none. */
function partOf({ parameter }: Asked, at: number): Asked {
  const part = parameter.components?.[at];
  if (!part) throw new Error(`${parameter.code} has no part ${String(at)}.`);
  return { parameter: { ...part, single: false } };
}

function matchesUri(value: string, sought: string, modifier: Asked['modifier']): boolean {
  if (modifier === 'below') return value.startsWith(sought);
  return modifier === 'above' ? sought.startsWith(value) : value === sought;
}

function matchesToken(
  value: Of<IndexValue, 'token'>,
  sought: Of<SearchValue, 'token'>,
  { modifier, parameter }: Asked,
): boolean {
  // The element is a code: it says no system, and where the binding does not fix one, it may be of any.
  const isCode = parameter.single && modifier !== 'identifier';
  const systems = [undefined, value.system ?? '', ...(isCode ? ['', parameter.system ?? sought.system] : [])];
  return systems.includes(sought.system) && [undefined, value.value].includes(sought.value);
}

function matchesText(
  value: Of<IndexValue, 'string'>,
  sought: Of<SearchValue, 'string'>,
  modifier: Asked['modifier'],
): boolean {
  if (modifier === 'exact') return value.exact === sought.exact;
  return modifier === 'contains' ? value.value.includes(sought.value) : value.value.startsWith(sought.value);
}

function matchesNumber(value: Of<IndexValue, 'number'>, sought: Of<SearchValue, 'number'>): boolean {
  const systems = [undefined, value.system ?? ''];
  return [undefined, value.unit].includes(sought.unit) && systems.includes(sought.system) && within(value, sought);
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

interface Place {
  latitude: number;
  longitude: number;
}

/** By the angle between two vectors: another formula than the store's. */
export function metresBetween(one: Place, other: Place): number {
  const [a, b] = [vectorTo(one), vectorTo(other)];
  const cross = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  const dot = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  return 6_371_008.8 * Math.atan2(Math.hypot(...cross), dot);
}

function vectorTo({ latitude, longitude }: Place): [number, number, number] {
  const [lat, lon] = [(latitude * Math.PI) / 180, (longitude * Math.PI) / 180];
  return [Math.cos(lat) * Math.cos(lon), Math.cos(lat) * Math.sin(lon), Math.sin(lat)];
}

type Key = string | number | undefined;
interface Sorted {
  row: Stored;
  keys: readonly Key[];
}

function inOrder(a: Sorted, b: Sorted, descending: readonly boolean[]): number {
  const [decisive] = a.keys.map((key, at) => compare(key, b.keys[at], descending[at] === true)).filter(Boolean);
  return decisive ?? compare(a.row.id, b.row.id, descending.at(-1) === true);
}

/** Which keys are descending: unsorted, newest first, or nearest where a place is sought. */
function directionsOf({ sort, criteria }: SearchQuery): boolean[] {
  if (sort.length === 0) return [!criteria.some(asksForPlace)];
  const directions = sort.map(({ descending }) => descending);
  return [...directions, ...(sharedBy(sort) ? directions.slice(-1) : [])];
}

/** Codes that many share are followed by the time of the change. */
function sharedBy(sort: readonly SortKey[]): boolean {
  const last = sort.at(-1)?.parameter;
  return last?.type === 'token' && last.single && last.code !== '_id';
}

function asksForPlace(criterion: Criterion): boolean {
  if ('chain' in criterion) return criterion.chain.targets.some((target) => asksForPlace(target.criterion));
  return 'values' in criterion && criterion.values.some(({ type }) => type === 'near');
}

/** What has no value stands last, whichever way it is sorted. */
function compare(a: Key, b: Key, descending: boolean): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  return a < b !== descending ? -1 : 1;
}

function keysOf(row: Stored, { sort, criteria }: SearchQuery, world: World): Key[] {
  if (sort.length > 0) {
    const keys = sort.map((key) => keyOf(row, key, { criteria, world }));
    return [...keys, ...(sharedBy(sort) ? [row.lastUpdated.getTime()] : [])];
  }
  const near = criteria.find(asksForPlace);
  if (near) return [distanceTo(row, near, world)];
  return [keyOf(row, { parameter: lastUpdatedParameter, descending: true }, { criteria, world })];
}

function keyOf(
  row: Stored,
  { parameter, descending, through }: SortKey,
  { criteria, world }: { criteria: readonly Criterion[]; world: World },
): Key {
  if (parameter.type === 'special') {
    const near = criteria.filter(
      (criterion) => ('chain' in criterion ? criterion.chain.parameter.code : undefined) === through?.code,
    );
    return near.map((criterion) => distanceTo(row, criterion, world)).find((metres) => metres !== undefined);
  }
  const keys = saidIn(row, parameter).flatMap((value): (string | number)[] => {
    if (value.type === 'date') return [(descending ? value.high : value.low).getTime()];
    if (value.type === 'number') return [descending ? value.high : value.low];
    return value.type === parameter.type && 'value' in value ? [value.value] : [];
  });
  return [...keys].sort((a, b) => compare(a, b, descending))[0];
}

/** Rounded, so that two formulas agree. */
function distanceTo(row: Stored, criterion: Criterion, world: World): number | undefined {
  if ('has' in criterion) return undefined;
  if ('chain' in criterion) {
    const { parameter, targets } = criterion.chain;
    const behind = referencesOf(row, parameter).map((reference) => world.named(reference));
    const away = targets.flatMap((target) =>
      behind.flatMap((other) => (other?.type === target.type ? [distanceTo(other, target.criterion, world)] : [])),
    );
    return least(away);
  }
  return least(
    criterion.values.flatMap((sought) =>
      sought.type === 'near'
        ? saidIn(row, criterion.parameter).map((value) =>
            value.type === 'position' ? Math.round(metresBetween(value, sought) * 1000) / 1000 : undefined,
          )
        : [],
    ),
  );
}

function least(metres: readonly (number | undefined)[]): number | undefined {
  const known = metres.filter((one) => one !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
