import type { IndexEntry, IndexValue } from '#fhir-search';
import { columnName, columnsOf, hasColumn } from './layout.js';

/** Rows for the value tables: parameter, value, system, exact text; low and high; unit. */
interface SearchRow {
  v: { p: string; v: string; s?: string; e?: string }[];
  d: { p: string; l: string; h: string }[];
  n: { p: string; l: number; h: number; s?: string; u?: string }[];
  [column: string]: unknown;
}

/** What the search tables keep of one resource. */
export function searchRowOf(type: string, entries: readonly IndexEntry[]): SearchRow {
  const row: SearchRow = { v: [], d: [], n: [] };
  for (const { column } of columnsOf(type)) row[column] = null;
  for (const entry of entries) {
    for (const value of entry.values) {
      if (isIdentifier(value, entry)) addRow(row, identifierParameter(entry.parameter.code), value);
      else if (hasColumn(entry.parameter)) setColumn(row, entry, value);
      else addRow(row, entry.parameter.code, value);
    }
  }
  return row;
}

/** The identifier of a reference is a token and goes to the value table, under `owner:identifier`. */
export function identifierParameter(code: string): string {
  return `${code}:identifier`;
}

function isIdentifier(value: IndexValue, { parameter }: IndexEntry): boolean {
  return parameter.type === 'reference' && value.type === 'token';
}

function setColumn(row: SearchRow, { parameter }: IndexEntry, value: IndexValue): void {
  if (value.type === 'date') {
    row[columnName(parameter, 'low')] = value.low.toISOString();
    row[columnName(parameter, 'high')] = value.high.toISOString();
  } else if (value.type !== 'number') {
    row[columnName(parameter)] = storable(value.value);
  }
}

function addRow(row: SearchRow, code: string, value: IndexValue): void {
  switch (value.type) {
    case 'date':
      row.d.push({ p: code, l: value.low.toISOString(), h: value.high.toISOString() });
      break;
    case 'number':
      row.n.push({
        p: code,
        l: value.low,
        h: value.high,
        ...(value.system === undefined ? {} : { s: storable(value.system) }),
        ...(value.unit === undefined ? {} : { u: storable(value.unit) }),
      });
      break;
    default:
      row.v.push({
        p: code,
        v: storable(value.value),
        ...('system' in value ? { s: storable(value.system) } : {}),
        ...('exact' in value && value.exact !== value.value ? { e: storable(value.exact) } : {}),
      });
  }
}

/** PostgreSQL's JSON takes neither U+0000 nor half a surrogate pair; a search says U+FFFD for the latter too. */
function storable(text: string): string {
  return Buffer.from(text.replaceAll('\0', '')).toString();
}
