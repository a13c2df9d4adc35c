import type { SortKey } from '#fhir-search';
import type { Place } from './cursor.js';
import { columnName } from './layout.js';
import type { Values } from './values.js';

interface OrderKey {
  column: string;
  descending: boolean;
  /** Rows without a value stand last, whichever way it is sorted. */
  mayBeAbsent: boolean;
  sqlType: 'text' | 'timestamptz';
}

/** The order of a search's rows, which their ids make total. */
export interface PageOrder {
  keys: readonly OrderKey[];
  /** The id follows the last key's direction, so that one walk through an index gives both. */
  idDescending: boolean;
  /** ORDER BY within a branch, over the branches' union, and of the rows that are joined to the page. */
  inBranch: string;
  ofPage: string;
  ofRows: string;
}

/** Newest first unless sorted. */
export function orderOf(sort: readonly SortKey[], lastUpdated: string): PageOrder {
  const keys =
    sort.length === 0
      ? [{ column: lastUpdated, descending: true, mayBeAbsent: false, sqlType: 'timestamptz' as const }]
      : sort.map((key) => orderKeyOf(key, lastUpdated));
  const idDescending = keys.at(-1)?.descending ?? false;
  const by = (columns: readonly string[], id: string) =>
    [...keys.map((key, at) => `${columns[at] ?? ''} ${directionOf(key)}`), `${id}${idDescending ? ' DESC' : ''}`].join(
      ', ',
    );
  const names = keys.map((_, at) => `k${String(at)}`);
  return {
    keys,
    idDescending,
    inBranch: by(
      keys.map(({ column }) => column),
      lastUpdated === 'a.last_updated' ? 'a.id' : 's.id',
    ),
    ofPage: by(names, 'id'),
    ofRows: by(
      names.map((name) => `page.${name}`),
      'page.id',
    ),
  };
}

/** Everything that sorts behind the place. */
export function behind({ keys, idDescending }: PageOrder, place: Place, values: Values): string {
  const id = values.add(place.id);
  const further = idDescending ? '<' : '>';
  const [only, ...others] = keys;
  if (only && others.length === 0 && !only.mayBeAbsent) {
    const idColumn = only.column.startsWith('a.') ? 'a.id' : 's.id';
    return `(${only.column}, ${idColumn}) ${further} (${valueAt(place, 0, { key: only, values })}, ${id})`;
  }
  return behindEach(keys, place, { values, behindId: `s.id ${further} ${id}` });
}

/** For each key: equal before it and greater (or smaller, or absent) at it; last the id. */
function behindEach(
  keys: readonly OrderKey[],
  place: Place,
  { values, behindId }: { values: Values; behindId: string },
): string {
  const branches: string[] = [];
  const equal: string[] = [];
  keys.forEach((key, at) => {
    if (place.values[at] == null) {
      equal.push(`${key.column} IS NULL`);
      return;
    }
    const value = valueAt(place, at, { key, values });
    const orAbsent = key.mayBeAbsent ? ` OR ${key.column} IS NULL` : '';
    branches.push([...equal, `(${key.column} ${key.descending ? '<' : '>'} ${value}${orAbsent})`].join(' AND '));
    equal.push(`${key.column} = ${value}`);
  });
  branches.push([...equal, behindId].join(' AND '));
  return `(${branches.map((branch) => `(${branch})`).join(' OR ')})`;
}

function valueAt({ values: sorted }: Place, at: number, { key, values }: { key: OrderKey; values: Values }): string {
  return `${values.add(sorted[at])}::${key.sqlType}`;
}

function directionOf({ descending, mayBeAbsent }: OrderKey): string {
  return `${descending ? 'DESC' : 'ASC'}${mayBeAbsent ? ' NULLS LAST' : ''}`;
}

function orderKeyOf({ parameter, descending }: SortKey, lastUpdated: string): OrderKey {
  if (parameter.code === '_lastUpdated')
    return { column: lastUpdated, descending, mayBeAbsent: false, sqlType: 'timestamptz' };
  if (parameter.code === '_id') return { column: 's.id', descending, mayBeAbsent: false, sqlType: 'text' };
  const isDate = parameter.type === 'date';
  return {
    column: `s."${columnName(parameter, isDate ? 'low' : undefined)}"`,
    descending,
    mayBeAbsent: true,
    sqlType: isDate ? 'timestamptz' : 'text',
  };
}
