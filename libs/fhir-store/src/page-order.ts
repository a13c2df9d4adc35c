import { FhirError } from '#fhir';
import type { Criterion, SearchParameter, SortKey } from '#fhir-search';
import type { Place } from './cursor.js';
import { hasColumn } from './layout.js';
import { distanceOf, nearAskedFor, nearIn } from './near.js';
import { ownOf, tableOf } from './row-condition.js';
import { rowTable } from './row-parameter.js';
import { columnAt, quote, type Scope } from './scope.js';
import type { Values } from './values.js';

/** By what rows are sorted. */
interface OrderKey {
  /** The value, as an expression over the search table. */
  value: string;
  descending: boolean;
  /** Rows without a value stand last, whichever way it is sorted. */
  mayBeAbsent: boolean;
  sqlType: 'text' | 'timestamptz' | 'float8';
  /** Where the value is in rows: what is joined, so that their index gives the order. */
  rows?: { from: string; where: string[]; value: string };
}

/** Rows that have the first key's value, and then those that lack it; without such a key all rows. */
export interface OrderedPart {
  /** Joined to the search table. */
  from: string;
  where: string[];
  /** The keys' expressions. */
  values: readonly string[];
  /** ORDER BY where the tables are at hand. */
  by: string;
}

/** The order of a search's rows, which their ids make total. */
export interface PageOrder {
  keys: readonly OrderKey[];
  /** The id follows the last key's direction, so that one walk through an index gives both. */
  idDescending: boolean;
  /** ORDER BY over `k0`, `k1` … and `id`. */
  byNames: (table: string) => string;
  /** In their order, behind a place if one is given. */
  parts: (after: Place | undefined) => OrderedPart[];
}

/** Newest first unless sorted, or nearest where a place is sought. */
export function orderOf(sort: readonly SortKey[], criteria: readonly Criterion[], scope: Scope): PageOrder {
  const keys = keysOf(sort, criteria, scope);
  const idDescending = keys.at(-1)?.descending ?? false;
  const order = { keys, idDescending, id: scope.lastUpdated === 'a.last_updated' ? 'a.id' : `${scope.alias}.id` };
  const { values } = scope.statement;
  return {
    keys,
    idDescending,
    byNames: (table) =>
      orderBy(
        keys.map((key, at) => ({ ...key, value: `${table}k${String(at)}` })),
        { id: `${table}id`, idDescending },
      ),
    parts: (after) => partsOf(order, { after, values }),
  };
}

interface Ordering {
  keys: readonly OrderKey[];
  idDescending: boolean;
  id: string;
}

interface Going {
  after: Place | undefined;
  values: Values;
}

function partsOf(order: Ordering, going: Going): OrderedPart[] {
  const [first, ...others] = order.keys;
  if (first?.mayBeAbsent !== true) return [partOf(order, going)];
  const { after } = going;
  const isBehindThem = after !== undefined && after.values[0] === null;
  const rest = isBehindThem ? { id: after.id, values: after.values.slice(1) } : undefined;
  const without = partOf({ ...order, keys: others }, { ...going, after: rest });
  return [
    ...(isBehindThem ? [] : [presentPart(order, going, first)]),
    {
      ...without,
      where: [`${first.value} IS NULL`, ...without.where],
      values: [`NULL::${first.sqlType}`, ...without.values],
    },
  ];
}

function presentPart(order: Ordering, going: Going, first: OrderKey): OrderedPart {
  const { rows } = first;
  const key = { ...first, mayBeAbsent: false, ...(rows ? { value: rows.value } : {}) };
  const part = partOf({ ...order, keys: [key, ...order.keys.slice(1)], ...(rows ? { id: 'k.id' } : {}) }, going);
  const present = rows?.where ?? [`${first.value} IS NOT NULL`];
  return { ...part, from: rows?.from ?? '', where: [...present, ...part.where] };
}

function partOf(order: Ordering, { after, values }: Going): OrderedPart {
  return {
    from: '',
    where: after ? [behind(order, after, values)] : [],
    values: order.keys.map(({ value }) => value),
    by: orderBy(order.keys, order),
  };
}

/** Everything that sorts behind the place. */
function behind({ keys, idDescending, id }: Ordering, place: Place, values: Values): string {
  const further = idDescending ? '<' : '>';
  const [first] = keys;
  const at = values.add(place.id);
  if (!first) return `${id} ${further} ${at}`;
  const value = (key: OrderKey, of: number): string => `${values.add(place.values[of])}::${key.sqlType}`;
  // One comparison, where all go the same way: an index goes on just there.
  if (keys.every(({ mayBeAbsent, descending }) => !mayBeAbsent && descending === idDescending)) {
    const [columns, here] = [keys.map((key) => key.value), keys.map(value)];
    return `(${[...columns, id].join(', ')}) ${further} (${[...here, at].join(', ')})`;
  }
  const each = behindEach(keys, place, { value, behindId: `${id} ${further} ${at}` });
  // Said once more for the index.
  if (first.mayBeAbsent) return each;
  return `${first.value} ${first.descending ? '<=' : '>='} ${value(first, 0)} AND ${each}`;
}

/** For each key: equal before it and greater (or smaller, or absent) at it; last the id. */
function behindEach(
  keys: readonly OrderKey[],
  place: Place,
  { value, behindId }: { value: (key: OrderKey, at: number) => string; behindId: string },
): string {
  const branches: string[] = [];
  const equal: string[] = [];
  keys.forEach((key, at) => {
    if (place.values[at] == null) {
      equal.push(`${key.value} IS NULL`);
      return;
    }
    const here = value(key, at);
    const orAbsent = key.mayBeAbsent ? ` OR ${key.value} IS NULL` : '';
    branches.push([...equal, `(${key.value} ${key.descending ? '<' : '>'} ${here}${orAbsent})`].join(' AND '));
    equal.push(`${key.value} = ${here}`);
  });
  branches.push([...equal, behindId].join(' AND '));
  return `(${branches.map((branch) => `(${branch})`).join(' OR ')})`;
}

function orderBy(keys: readonly OrderKey[], { id, idDescending }: Pick<Ordering, 'id' | 'idDescending'>): string {
  const by = keys.map(
    ({ value, descending, mayBeAbsent }) =>
      `${value} ${descending ? 'DESC' : 'ASC'}${mayBeAbsent ? ' NULLS LAST' : ''}`,
  );
  return [...by, `${id}${idDescending ? ' DESC' : ''}`].join(', ');
}

function keysOf(sort: readonly SortKey[], criteria: readonly Criterion[], scope: Scope): OrderKey[] {
  const last = sort.at(-1);
  if (last) {
    const keys = sort.map((key) => orderKeyOf(key, criteria, scope));
    return isShared(last.parameter) ? [...keys, changeKey(scope, last.descending)] : keys;
  }
  const near = nearAskedFor(criteria);
  if (near) return [distanceKey(near, scope, false)];
  return [{ value: scope.lastUpdated, descending: true, mayBeAbsent: false, sqlType: 'timestamptz' }];
}

/** A code that many share: the time of the change decides among them, as in its index. */
function isShared(parameter: SearchParameter): boolean {
  return parameter.type === 'token' && hasColumn(parameter) && parameter.code !== '_id';
}

function changeKey({ alias }: Scope, descending: boolean): OrderKey {
  return { value: `${alias}.last_updated`, descending, mayBeAbsent: false, sqlType: 'timestamptz' };
}

function orderKeyOf(key: SortKey, criteria: readonly Criterion[], scope: Scope): OrderKey {
  const { parameter, descending, through } = key;
  if (parameter.code === '_lastUpdated')
    return { value: scope.lastUpdated, descending, mayBeAbsent: false, sqlType: 'timestamptz' };
  if (parameter.code === '_id') return { value: `${scope.alias}.id`, descending, mayBeAbsent: false, sqlType: 'text' };
  if (parameter.type === 'special') {
    const near = nearIn(criteria, through);
    if (!near)
      throw FhirError.of(
        'not-supported',
        'Sorting by distance needs a place that is sought in the same search, and places that the service of this type holds.',
        { expression: '_sort', status: 400 },
      );
    return distanceKey(near, scope, descending);
  }
  // Upwards by where a value begins, downwards by where it ends.
  const bound = descending ? 'high' : 'low';
  if (!hasColumn(parameter)) return rowsKey(parameter, { bound, descending, scope });
  const isDate = parameter.type === 'date';
  return {
    value: columnAt(scope, parameter, isDate ? bound : undefined),
    descending,
    mayBeAbsent: true,
    sqlType: isDate ? 'timestamptz' : 'text',
  };
}

function distanceKey(near: Criterion, scope: Scope, descending: boolean): OrderKey {
  return { value: distanceOf(near, scope), descending, mayBeAbsent: false, sqlType: 'float8' };
}

const sqlTypes = {
  value: 'text',
  date_value: 'timestamptz',
  number_value: 'float8',
  position_value: 'float8',
} as const;

/** Of several values the least counts, descending the greatest: the row that no other row of the resource is before. */
function rowsKey(
  parameter: SearchParameter,
  { bound, descending, scope }: { bound: 'low' | 'high'; descending: boolean; scope: Scope },
): OrderKey {
  const kind = rowTable(parameter.type);
  const column = kind === 'value' ? 'value' : bound;
  const table = tableOf(scope.type, parameter.type);
  const of = (row: string): string =>
    `${ownOf(scope.type, parameter.type, row)}${row}.parameter = ${quote(parameter.code)}`;
  const before = descending ? '>' : '<';
  return {
    value: `(SELECT ${descending ? 'max' : 'min'}(o.${column}) FROM ${table} o WHERE ${of('o')} AND o.id = ${scope.alias}.id)`,
    descending,
    mayBeAbsent: true,
    sqlType: sqlTypes[kind],
    rows: {
      from: ` JOIN ${table} k ON k.id = ${scope.alias}.id`,
      where: [
        of('k'),
        `NOT EXISTS (SELECT 1 FROM ${table} o WHERE ${of('o')} AND o.id = k.id AND (o.${column}, o.ctid) ${before} (k.${column}, k.ctid))`,
      ],
      value: `k.${column}`,
    },
  };
}
