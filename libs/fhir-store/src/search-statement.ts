import type { Audience } from '#fhir';
import type { Criterion, SearchParameter, SearchQuery } from '#fhir-search';
import type { Statement } from '#postgres';
import { conditionOf } from './criterion.js';
import type { Place } from './cursor.js';
import { columnName, hasColumn, tablesOf } from './layout.js';
import { behind, orderOf, type PageOrder } from './page-order.js';
import { Values } from './values.js';

/** Readers with more organisations than this are filtered row by row. */
const mostBranches = 8;

/**
 * The ids of one page, newest first unless sorted, one more than asked for; content is joined to them, never before. Each
 * organisation of the reader is a branch of its own, so that the planner knows how much it may see and chooses between
 * walking the audience newest first and finding rare values first.
 */
export function pageStatement(query: SearchQuery, reader: Audience, after?: Place): Statement {
  const values = new Values();
  const tables = tablesOf(query.type);
  // A literal: with a placeholder the planner expects a tenth of all rows.
  const limit = String(query.count + 1);
  const branches = branchesOf(query.type, reader, values);
  const order = orderOf(query.sort, branches.lastUpdated);
  const shown = order.keys.map(({ column }, at) => `, ${column} AS k${String(at)}`).join('');
  const where = [
    ...query.criteria.map((criterion) => conditionOf(criterion, { type: query.type, values, ...branches })),
    ...(after ? [behind(order, after, values)] : []),
  ];
  const ids = branches.from.map(({ tables: from, condition }) => {
    const found = `SELECT s.id${shown} FROM ${from}${whereOf([...condition, ...where])}`;
    if (query.criteria.some(isShortTime))
      return `(SELECT * FROM (${found} OFFSET 0) f ORDER BY ${order.ofPage} LIMIT ${limit})`;
    return `(${found} ORDER BY ${order.inBranch} LIMIT ${limit})`;
  });
  const found = ids.length === 1 ? ids.join() : `(${ids.join(' UNION ')} ORDER BY ${order.ofPage} LIMIT ${limit})`;
  const text = `WITH page AS MATERIALIZED ${found}
    SELECT r.id, r.version, r.last_updated, r.audience, r.deleted, r.content${keysAsText(order)}
    FROM page JOIN ${tables.resource} r ON r.type = '${query.type}' AND r.id = page.id ORDER BY ${order.ofRows}`;
  return { text, values: values.all };
}

export function countStatement(query: SearchQuery, reader: Audience): Statement {
  const values = new Values();
  const where = [
    ...seenBy(query.type, reader, values),
    ...query.criteria.map((criterion) =>
      conditionOf(criterion, { type: query.type, values, lastUpdated: 's.last_updated' }),
    ),
  ];
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
    : `EXISTS (SELECT 1 FROM ${tables.value} v WHERE v.id = s.id AND v.parameter = '${parameter.code}'
         AND v.value = ANY(${wanted}::text[]))`;
  const where = [points, ...seenBy(type, reader, values)];
  return {
    text: `SELECT s.id FROM ${tables.search} s${whereOf(where)} ORDER BY s.last_updated DESC, s.id DESC LIMIT ${String(limit)}`,
    values: values.all,
  };
}

const shortTime = 31 * 24 * 60 * 60 * 1000;

/**
 * What happened on a day long ago was mostly changed then too, which the planner does not know: it would walk there from the
 * newest row. OFFSET 0 makes it find such rows before it sorts them.
 */
function isShortTime({ parameter, values }: Criterion): boolean {
  const [value, ...others] = values;
  if (parameter.code === '_lastUpdated' || others.length > 0 || value?.type !== 'date') return false;
  return ['eq', 'ap'].includes(value.prefix) && value.high.getTime() - value.low.getTime() <= shortTime;
}

interface Branches {
  from: { tables: string; condition: string[] }[];
  lastUpdated: string;
}

/** The audience filter, compiled into every search before any limit; row-level security holds it again at the content. */
function branchesOf(type: string, reader: Audience, values: Values): Branches {
  const { search, audience } = tablesOf(type);
  const organisations = [...new Set(reader)];
  if (reader.includes('*') || organisations.length > mostBranches || organisations.length === 0) {
    const from = [{ tables: `${search} s`, condition: seenBy(type, reader, values) }];
    return { from, lastUpdated: 's.last_updated' };
  }
  return {
    from: organisations.map((organisation) => ({
      tables: `${audience} a JOIN ${search} s ON s.id = a.id`,
      condition: [`a.organisation = ${values.add(organisation)}`],
    })),
    lastUpdated: 'a.last_updated',
  };
}

function seenBy(type: string, reader: Audience, values: Values): string[] {
  if (reader.includes('*')) return [];
  return [
    `EXISTS (SELECT 1 FROM ${tablesOf(type).audience} a WHERE a.id = s.id AND a.organisation = ANY(${values.add(reader)}::text[]))`,
  ];
}

function keysAsText({ keys }: PageOrder): string {
  return keys.map((_, at) => `, page.k${String(at)}::text`).join('');
}

function column(parameter: SearchParameter): string {
  return `s."${columnName(parameter)}"`;
}

function whereOf(parts: readonly string[]): string {
  return parts.length === 0 ? '' : ` WHERE ${parts.join(' AND ')}`;
}
