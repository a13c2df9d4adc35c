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
import { matchesValue, metresBetween } from './model-values.js';

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
