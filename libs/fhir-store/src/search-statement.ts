import type { Audience } from '#fhir';
import { type Criterion, type SearchParameter, type SearchQuery, type SortKey } from '#fhir-search';
import type { Statement } from '#postgres';
import { conditionOf } from './criterion.js';
import type { Place } from './cursor.js';
import { columnName, hasColumn, tablesOf } from './layout.js';

/** Collects the values of a statement. */
export class Values {
  readonly all: unknown[] = [];

  /** Adds a value and gives its placeholder. */
  add(value: unknown): string {
    this.all.push(value);
    return `$${String(this.all.length)}`;
  }
}

/** The ids of one page, newest first unless sorted, one more than asked for; content is joined to them, never before. */
export function pageStatement(query: SearchQuery, reader: Audience, after?: Place): Statement {
  const values = new Values();
  const tables = tablesOf(query.type);
  const keys = sortKeysOf(query.sort);
  const order = keys.map(({ column, descending }) => `${column} ${descending ? 'DESC NULLS LAST' : 'ASC NULLS LAST'}`);
  const where = [...conditions(query, reader, values), ...(after ? [placeCondition(keys, after, values)] : [])];
  const sortColumns = keys.map(({ column }, at) => `${column}::text AS k${String(at)}`);
  const limit = values.add(query.count + 1);
  const type = values.add(query.type);
  const text = `WITH page AS MATERIALIZED (
      SELECT s.id, ${sortColumns.join(', ')}, row_number() OVER (ORDER BY ${order.join(', ')}, s.id) AS place
      FROM ${tables.search} s${whereOf(where)}
      ORDER BY ${order.join(', ')}, s.id LIMIT ${limit})
    SELECT r.id, r.version, r.last_updated, r.audience, r.deleted, r.content, page.*
    FROM page JOIN ${tables.resource} r ON r.type = ${type} AND r.id = page.id ORDER BY page.place`;
  return { text, values: values.all };
}

export function countStatement(query: SearchQuery, reader: Audience): Statement {
  const values = new Values();
  const where = conditions(query, reader, values);
  return {
    text: `SELECT count(*)::int AS total FROM ${tablesOf(query.type).search} s${whereOf(where)}`,
    values: values.all,
  };
}

/** Whom the rows of a page point to under one reference parameter. */
export function targetsStatement(type: string, parameter: SearchParameter, ids: readonly string[]): Statement {
  const tables = tablesOf(type);
  return hasColumn(parameter)
    ? {
        text: `SELECT DISTINCT ${column(parameter)} AS target FROM ${tables.search} s
               WHERE s.id = ANY($1::text[]) AND ${column(parameter)} IS NOT NULL`,
        values: [ids],
      }
    : {
        text: `SELECT DISTINCT value AS target FROM ${tables.value} WHERE parameter = $2 AND id = ANY($1::text[])`,
        values: [ids, parameter.code],
      };
}

/** Ids of the rows of `type` that point to one of these references, newest first. */
export function referrersStatement(
  type: string,
  parameter: SearchParameter,
  { references, reader, limit }: { references: readonly string[]; reader: Audience; limit: number },
): Statement {
  const values = new Values();
  const tables = tablesOf(type);
  const wanted = values.add(references);
  const points = hasColumn(parameter)
    ? `${column(parameter)} = ANY(${wanted}::text[])`
    : `EXISTS (SELECT 1 FROM ${tables.value} v WHERE v.id = s.id AND v.parameter = ${values.add(parameter.code)}
         AND v.value = ANY(${wanted}::text[]))`;
  const where = [points, ...audienceCondition(type, reader, values)];
  return {
    text: `SELECT s.id FROM ${tables.search} s${whereOf(where)} ORDER BY s.last_updated DESC, s.id LIMIT ${values.add(limit)}`,
    values: values.all,
  };
}

export interface PageKey {
  column: string;
  descending: boolean;
  sqlType: string;
}

function sortKeysOf(sort: readonly SortKey[]): PageKey[] {
  if (sort.length === 0) return [{ column: 's.last_updated', descending: true, sqlType: 'timestamptz' }];
  return sort.map(({ parameter, descending }) => {
    if (parameter.code === '_lastUpdated') return { column: 's.last_updated', descending, sqlType: 'timestamptz' };
    if (parameter.code === '_id') return { column: 's.id', descending, sqlType: 'text' };
    if (parameter.type !== 'date') return { column: column(parameter), descending, sqlType: 'text' };
    return { column: `s."${columnName(parameter, 'low')}"`, descending, sqlType: 'timestamptz' };
  });
}

/** Everything that sorts behind the place: for each key, equal before it and greater (or smaller, or null) at it; last the id. */
function placeCondition(keys: readonly PageKey[], place: Place, values: Values): string {
  const branches: string[] = [];
  let equal: string[] = [];
  keys.forEach(({ column: key, descending, sqlType }, at) => {
    const last = place.values[at] ?? null;
    const value = last === null ? 'NULL' : `${values.add(last)}::${sqlType}`;
    if (last !== null) {
      branches.push([...equal, `(${key} ${descending ? '<' : '>'} ${value} OR ${key} IS NULL)`].join(' AND '));
    }
    equal = [...equal, last === null ? `${key} IS NULL` : `${key} = ${value}`];
  });
  branches.push([...equal, `s.id > ${values.add(place.id)}`].join(' AND '));
  return `(${branches.map((branch) => `(${branch})`).join(' OR ')})`;
}

function conditions(query: SearchQuery, reader: Audience, values: Values): string[] {
  return [
    ...audienceCondition(query.type, reader, values),
    ...query.criteria.map((criterion: Criterion) => conditionOf(query.type, criterion, values)),
  ];
}

/** The audience filter, compiled into every search before any limit; row-level security holds it again at the content. */
function audienceCondition(type: string, reader: Audience, values: Values): string[] {
  if (reader.includes('*')) return [];
  return [
    `EXISTS (SELECT 1 FROM ${tablesOf(type).audience} a WHERE a.id = s.id AND a.organisation = ANY(${values.add(reader)}::text[]))`,
  ];
}

function column(parameter: SearchParameter): string {
  return `s."${columnName(parameter)}"`;
}

function whereOf(parts: readonly string[]): string {
  return parts.length === 0 ? '' : ` WHERE ${parts.join(' AND ')}`;
}
