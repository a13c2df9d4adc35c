import { type SearchParameter, searchParametersOf } from '#fhir-search';
import { columnsOf, hasColumn, tablesOf } from './layout.js';
import { rowTable } from './row-parameter.js';

/** Rows to index, within a statement that has them as `g`, with the columns of `recordOf`. */
export interface IndexedRows {
  type: string;
  interaction: 'create' | 'update' | 'delete';
  /** Name of the part that holds the rows. */
  g: string;
  /** Which they are: what stands after `id`. */
  these: string;
  /** When they were changed; the time of the statement unless told. */
  lastUpdated?: string;
}

/** What `searchRowOf` makes, as columns of a record. */
export function indexRecordOf(type: string): string {
  const columns = columnsOf(type).map(
    ({ column, sqlType }) => `"${column}" ${sqlType === 'timestamptz' ? sqlType : 'text'}`,
  );
  return ['v jsonb', 'd jsonb', 'n jsonb', 'g jsonb', ...columns].join(', ');
}

/** Which parts the statements of a type have: a parameter that is loaded may add one. */
export function indexShapeOf(type: string): string {
  return rowKindsOf(type)
    .map((kind) => kind.slice(0, 1))
    .join('');
}

/** Takes away what was indexed before; the rows made by `indexParts` in the same statement are not seen by it. */
export function forgetParts({ type, interaction, g, these }: IndexedRows): string[] {
  const tables = tablesOf(type);
  const gone = (table: string) => `DELETE FROM ${table} o WHERE o.id ${these}`;
  return [
    `${g}_no_value AS (${gone(tables.value)})`,
    `${g}_no_audience AS (${gone(tables.audience)})`,
    ...rowKindsOf(type).map((kind) => `${g}_no_${kind} AS (${gone(`${kind}_value`)} AND o.type = '${type}')`),
    ...(interaction === 'delete' ? [`${g}_no_search AS (${gone(tables.search)})`] : []),
  ];
}

/** Makes the rows that searches look at. */
export function indexParts({ type, g, lastUpdated = '$1::timestamptz' }: IndexedRows): string[] {
  const tables = tablesOf(type);
  const columns = columnsOf(type).map(({ column }) => `"${column}"`);
  const set = ['last_updated', ...columns].map((column) => `${column} = excluded.${column}`).join(', ');
  return [
    `${g}_search AS (INSERT INTO ${tables.search} (${['id', 'last_updated', ...columns].join(', ')})
       SELECT ${['id', lastUpdated, ...columns].join(', ')} FROM ${g} ON CONFLICT (id) DO UPDATE SET ${set})`,
    `${g}_value AS (INSERT INTO ${tables.value} (type, id, parameter, value, system, exact, element)
       SELECT '${type}', ${g}.id, v.p, v.v, v.s, v.e, v.i
       FROM ${g}, jsonb_to_recordset(${g}.v) AS v(p text, v text, s text, e text, i int))`,
    `${g}_audience AS (INSERT INTO ${tables.audience} (type, id, organisation, last_updated)
       SELECT '${type}', ${g}.id, o, ${lastUpdated} FROM ${g}, unnest(${g}.audience) o)`,
    ...rowKindsOf(type).map((kind) => rowParts[kind](type, g)),
  ];
}

type RowKind = 'date' | 'number' | 'position';

const rowParts: Record<RowKind, (type: string, g: string) => string> = {
  date: (type, g) => `${g}_date AS (INSERT INTO date_value (type, id, parameter, low, high, element)
       SELECT '${type}', ${g}.id, d.p, d.l, d.h, d.i
       FROM ${g}, jsonb_to_recordset(${g}.d) AS d(p text, l timestamptz, h timestamptz, i int))`,
  number: (type, g) => `${g}_number AS (INSERT INTO number_value (type, id, parameter, low, high, system, unit, element)
       SELECT '${type}', ${g}.id, n.p, n.l, n.h, n.s, n.u, n.i
       FROM ${g}, jsonb_to_recordset(${g}.n) AS n(p text, l float8, h float8, s text, u text, i int))`,
  position: (type, g) => `${g}_position AS (INSERT INTO position_value (type, id, parameter, place)
       SELECT '${type}', ${g}.id, w.p, point(w.x, w.y)
       FROM ${g}, jsonb_to_recordset(${g}.g) AS w(p text, x float8, y float8))`,
};

/** Many types have no dates, numbers or places in rows: they are spared the parts that would look for them. */
function rowKindsOf(type: string): readonly RowKind[] {
  const parameters = searchParametersOf(type);
  const known = kindsKnown.get(parameters);
  if (known) return known;
  const inRows = parameters
    .filter((parameter) => !hasColumn(parameter))
    .flatMap((parameter) => parameter.components ?? [parameter]);
  const tables = new Set(inRows.map((parameter) => rowTable(parameter.type)));
  const kinds = (['date', 'number', 'position'] as const).filter((kind) => tables.has(`${kind}_value`));
  kindsKnown.set(parameters, kinds);
  return kinds;
}

/** By the list of parameters, of which loading one more makes a new one. */
const kindsKnown = new WeakMap<readonly SearchParameter[], readonly RowKind[]>();
