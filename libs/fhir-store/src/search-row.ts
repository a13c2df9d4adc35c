import type { IndexEntry, IndexValue, SearchParameter } from '#fhir-search';
import { columnName, hasColumn } from './layout.js';
import { cut, partParameter, rowParameter } from './row-parameter.js';

/** Rows for the value tables: parameter, value, system, exact text; low and high; unit; longitude and latitude; element of a composite. */
interface SearchRow {
  v: { p: string; v: string; s?: string; e?: string; i?: number }[];
  d: { p: string; l: string; h: string; i?: number }[];
  n: { p: string; l: number; h: number; s?: string; u?: string; i?: number }[];
  g: { p: string; x: number; y: number }[];
  [column: string]: unknown;
}

/** What the search tables keep of one resource. */
export function searchRowOf(entries: readonly IndexEntry[]): SearchRow {
  const row = emptyRow();
  for (const { parameter, values } of entries) {
    for (const [element, value] of values.entries()) addValue(row, parameter, { value, element });
  }
  return row;
}

/** Of a resource that is found by nothing. */
export function emptyRow(): SearchRow {
  return { v: [], d: [], n: [], g: [] };
}

function addValue(
  row: SearchRow,
  parameter: SearchParameter,
  { value, element }: { value: IndexValue; element: number },
): void {
  if (value.type === 'composite') {
    value.parts.forEach((part, at) => {
      for (const each of part) addRow(row, { p: partParameter(parameter, at), i: element }, each);
    });
  } else if (hasColumn(parameter) && rowParameter(parameter, value.type) === parameter.code) {
    setColumn(row, parameter, value);
  } else {
    addRow(row, { p: rowParameter(parameter, value.type) }, value);
  }
}

function setColumn(row: SearchRow, parameter: SearchParameter, value: IndexValue): void {
  if (value.type === 'date') {
    row[columnName(parameter, 'low')] = value.low.toISOString();
    row[columnName(parameter, 'high')] = value.high.toISOString();
  } else if ('value' in value) {
    row[columnName(parameter)] = storable(value.value);
  }
}

function addRow(row: SearchRow, place: { p: string; i?: number }, value: IndexValue): void {
  switch (value.type) {
    case 'date':
      row.d.push({ ...place, l: value.low.toISOString(), h: value.high.toISOString() });
      break;
    case 'number':
      row.n.push({ ...place, l: value.low, h: value.high, ...said('s', value.system), ...said('u', value.unit) });
      break;
    case 'position':
      if (isOnEarth(value)) row.g.push({ ...place, x: value.longitude, y: value.latitude });
      break;
    case 'composite':
      break;
    default:
      row.v.push(...textRows(value).map((text) => ({ ...place, ...text })));
  }
}

type Textual = Exclude<IndexValue, { type: 'date' | 'number' | 'position' | 'composite' }>;

/** Rows of the value table. */
function textRows(value: Textual): { v: string; s?: string; e?: string }[] {
  const text = storable(value.value);
  switch (value.type) {
    case 'text':
      return [{ v: cut(text) }];
    case 'typedIdentifier':
      return [{ v: text, ...said('s', value.system), ...said('e', value.code) }];
    case 'token':
      return [{ v: text, ...said('s', value.system) }];
    case 'string':
      return [{ v: text, ...(value.exact === value.value ? {} : said('e', value.exact)) }];
    default:
      return [{ v: text }];
  }
}

function said<Key extends string>(key: Key, text: string | undefined): { [key in Key]?: string } {
  return text === undefined ? {} : ({ [key]: storable(text) } as { [key in Key]?: string });
}

function isOnEarth({ latitude, longitude }: { latitude: number; longitude: number }): boolean {
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
}

/** PostgreSQL's JSON takes neither U+0000 nor half a surrogate pair; a search says U+FFFD for the latter too. */
function storable(text: string): string {
  return unstorable.test(text) ? Buffer.from(text.replaceAll('\0', '')).toString() : text;
}

// With this flag a surrogate that has its other half is none.
const unstorable = /[\0\p{Surrogate}]/u;
