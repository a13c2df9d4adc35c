import { marksOf } from '#fhir';
import type { Criterion, SearchParameter, SearchQuery } from '#fhir-search';
import type { Statement } from '#postgres';
import { conditionOf } from './criterion.js';
import type { Place } from './cursor.js';
import { candidateTypes, elsewhereRows, includeParts, includedRows } from './include-parts.js';
import { hasColumn, tablesOf } from './layout.js';
import { partsFor } from './narrowed.js';
import { distanceOf, nearAskedFor } from './near.js';
import { orderOf, type OrderedPart, type PageOrder } from './page-order.js';
import { isForFew, preparedName } from './prepared-name.js';
import { rowParameter } from './row-parameter.js';
import { columnAt, quote, scopeOf, type Scope, type Searching, seenBy, type StatementParts } from './scope.js';
import { Values } from './values.js';

/** Readers with more organisations than this are filtered row by row. */
const mostBranches = 8;

/** Bytes that the matches of one page come to together: of long ones a page has fewer than were asked for. */
export const mostPageBytes = 32 * 1024 * 1024;

/** Fewer are never too much. */
const fewOnPage = 50;

/** Whether resources of these texts are all that one page holds, though fewer than were asked for. */
export function fillsPage({ count }: Pick<SearchQuery, 'count'>, contents: readonly string[]): boolean {
  if (count <= fewOnPage) return false;
  return contents.reduce((sum, content) => sum + Buffer.byteLength(content), 0) >= mostPageBytes;
}

/**
 * The ids of one page, newest first unless sorted, one more than asked for; content is joined to them, never before. Each
 * organisation of the reader is a branch of its own, so that the planner knows how much it may see and chooses between
 * walking the audience newest first and finding rare values first. What is included comes in the same round trip.
 */
export function pageStatement(query: SearchQuery, searching: Searching, after?: Place): Statement {
  const statement = partsFor(searching, new Values(isForFew(query)));
  const branches = branchesOf(query, statement);
  const order = orderOf(query.sort, query.criteria, branches.scope);
  const page = pagePart(query, pageOf(query, { branches, order, after }), order);
  const before = 'r.type, r.id, r.version, r.last_updated, r.audience, r.deleted';
  const row = `${before}, r.content`;
  const keys = order.keys.map((_, at) => `, page.k${String(at)}::text AS k${String(at)}`).join('');
  const near = nearAskedFor(query.criteria);
  const extra = `${keys}${near ? ', page.distance' : ''}`;
  const { resource } = tablesOf(query.type);
  const matches = `FROM page JOIN ${resource} r ON r.type = '${query.type}' AND r.id = page.id`;
  if (query.includes.length === 0) {
    const text = `WITH ${page}
      SELECT ${row}${extra} ${matches} ORDER BY ${order.byNames('page.')}`;
    return { ...preparedName(query, text), text, values: statement.values.all };
  }
  const place = `row_number() OVER (ORDER BY ${order.byNames('page.')})::int`;
  const blank = `${order.keys.map(() => ', NULL::text').join('')}${near ? ', NULL::float8' : ''}`;
  const held = candidateTypes(query.includes, statement.holds);
  const shown = `SELECT '${query.type}' AS type, p.id FROM (SELECT page.id FROM page ORDER BY ${order.byNames('page.')} LIMIT ${String(query.count)}) p`;
  const text = `WITH RECURSIVE ${page},
    ${includeParts(query.includes, { shown, statement }).join(',\n')}
    SELECT ${row}${extra}, ${place} AS place, false AS elsewhere ${matches}
    ${held.map((type) => `UNION ALL ${includedRows(type, { before, after: `${blank}, NULL::int, false` })}`).join('\n')}
    UNION ALL ${elsewhereRows(held, { blank: `${blank}, NULL::int, true`, values: statement.values })}
    ORDER BY place`;
  return { text, values: statement.values.all };
}

/** The rows of a page; of many as far as their contents, whose lengths PostgreSQL knows without reading them, are not too long. */
function pagePart({ type, count }: SearchQuery, page: string, order: PageOrder): string {
  if (count <= fewOnPage) return `page AS MATERIALIZED (${page})`;
  const length = 'octet_length(c.content)';
  return `found AS MATERIALIZED (${page}),
    page AS MATERIALIZED (SELECT * FROM (
      SELECT found.*, sum(${length}) OVER (ORDER BY ${order.byNames('found.')} ROWS UNBOUNDED PRECEDING) - ${length} AS bytes_before
      FROM found JOIN ${tablesOf(type).resource} c ON c.type = '${type}' AND c.id = found.id) measured
      WHERE bytes_before < ${String(mostPageBytes)})`;
}

export function countStatement(query: SearchQuery, searching: Searching): Statement {
  const statement = partsFor(searching, new Values(isForFew(query)));
  const text = `SELECT count(*)::int AS total ${matching(query, statement)}`;
  return { ...preparedName(query, text), text, values: statement.values.all };
}

/** The ids of a type that meet criteria; or of what these point to. */
export interface IdsQuery extends Pick<SearchQuery, 'type' | 'criteria'> {
  pointing?: { parameter: SearchParameter; to: string };
}

/** The ids alone, for a chain of another service: one more than the bound where there are more. */
export function idsStatement(query: IdsQuery, { atMost, ...searching }: Searching & { atMost: number }): Statement {
  const { type, pointing } = query;
  const statement = partsFor(searching, new Values());
  const limit = `LIMIT ${String(atMost + 1)}`;
  if (!pointing) return { text: `SELECT s0.id ${matching(query, statement)} ${limit}`, values: statement.values.all };
  const { parameter, to } = pointing;
  const prefix = `${to}/`;
  const column = hasColumn(parameter) ? columnAt(scopeOf(type, statement), parameter) : 'p.value';
  const rows = hasColumn(parameter)
    ? ''
    : ` JOIN ${tablesOf(type).value} p ON p.id = s0.id AND p.parameter = ${quote(rowParameter(parameter, 'reference'))}`;
  const length = String(prefix.length);
  const text = `SELECT DISTINCT substr(f.reference, ${length} + 1) AS id
    FROM (SELECT ${column} AS reference ${matching(query, statement, rows)}) f
    WHERE left(f.reference, ${length}) = ${quote(prefix)} ${limit}`;
  return { text, values: statement.values.all };
}

function matching(
  { type, criteria }: Pick<SearchQuery, 'type' | 'criteria'>,
  statement: StatementParts,
  joined = '',
): string {
  const scope = scopeOf(type, statement);
  const where = [...seenBy(scope), ...criteria.map((criterion) => conditionOf(criterion, scope))];
  return `FROM ${tablesOf(type).search} s0${joined}${whereOf(where)}`;
}

interface PageParts {
  branches: Branches;
  order: PageOrder;
  after: Place | undefined;
}

function pageOf(query: SearchQuery, { branches, order, after }: PageParts): string {
  const { scope } = branches;
  // A literal: with a placeholder the planner expects a tenth of all rows.
  const limit = `LIMIT ${String(query.count + 1)}`;
  const met = query.criteria.map((criterion) => conditionOf(criterion, scope));
  const near = nearAskedFor(query.criteria);
  const away = near ? `, ${distanceOf(near, scope)} AS distance` : '';
  const isFoundFirst = isForFew(query) || query.criteria.some(isShortTime);
  const rowsOf = (part: OrderedPart, { tables, condition }: Branch, also: readonly string[] = []): string => {
    const shown = part.values.map((value, at) => `, ${value} AS k${String(at)}`).join('');
    const found = `SELECT s0.id${shown}${away} FROM ${tables}${part.from}${whereOf([...also, ...condition, ...met, ...part.where])}`;
    if (isFoundFirst) return `(SELECT * FROM (${found} OFFSET 0) f ORDER BY ${order.byNames('')} ${limit})`;
    return `(${found} ORDER BY ${part.by} ${limit})`;
  };
  const [first, ...others] = order.parts(after);
  if (!first) throw new Error('A search has an order.');
  const found = branches.from.map((branch) => rowsOf(first, branch));
  if (others.length === 0)
    return found.length === 1 ? found.join() : `${found.join(' UNION ')} ORDER BY ${order.byNames('')} ${limit}`;
  // While rows with a value fill the page, nobody looks for those without.
  const room = `(SELECT count(*) FROM present) <= ${String(query.count)}`;
  const rest = others.flatMap((part) => branches.from.map((branch) => rowsOf(part, branch, [room])));
  return `WITH present AS MATERIALIZED (${found.join(' UNION ')})
    SELECT * FROM present UNION ALL ${rest.join(' UNION ALL ')} ORDER BY ${order.byNames('')} ${limit}`;
}

const shortTime = 31 * 24 * 60 * 60 * 1000;

/**
 * What happened on a day long ago was mostly changed then too, which the planner does not know: it would walk there from the
 * newest row. OFFSET 0 makes it find such rows before it sorts them.
 */
function isShortTime(criterion: Criterion): boolean {
  if (!('parameter' in criterion)) return false;
  const { parameter, values } = criterion;
  const [value, ...others] = values;
  if (parameter.code === '_lastUpdated' || others.length > 0 || value?.type !== 'date') return false;
  return ['eq', 'ap'].includes(value.prefix) && value.high.getTime() - value.low.getTime() <= shortTime;
}

interface Branch {
  tables: string;
  condition: string[];
}

interface Branches {
  from: Branch[];
  scope: Scope;
}

/** The audience filter, compiled into every search before any limit; row-level security holds it again at the content. */
function branchesOf(query: SearchQuery, statement: StatementParts): Branches {
  const { type } = query;
  const { search, audience } = tablesOf(type);
  const { reader, values, narrowed } = statement;
  const scope = scopeOf(type, statement);
  const organisations = [...new Set(marksOf(reader))];
  const isWhole = reader.includes('*') || organisations.length > mostBranches || organisations.length === 0;
  if (isWhole || isForFew(query) || isSortedByValue(query) || query.criteria.some(isPointing))
    return { from: [{ tables: `${search} s0`, condition: seenBy(scope) }], scope };
  const within = { ...scope, lastUpdated: 'a.last_updated' };
  return {
    from: organisations.map((organisation) => ({
      tables: `${audience} a JOIN ${search} s0 ON s0.id = a.id`,
      condition: [`a.organisation = ${values.add(organisation)}`, ...narrowed(within)],
    })),
    scope: within,
  };
}

/**
 * What points to an organisation that the reader is not may be seen by nobody of the reader's: walking the audience would then
 * end at its last row. What points there is walked newest first as well, and is less.
 */
function isPointing(criterion: Criterion): boolean {
  if (!('parameter' in criterion) || criterion.modifier !== undefined) return false;
  return criterion.values.every(({ type }) => type === 'reference');
}

/** Then the values' own index is walked, once for all organisations. */
function isSortedByValue({ sort: [first] }: SearchQuery): boolean {
  return (
    first !== undefined && !['_lastUpdated', '_id'].includes(first.parameter.code) && first.parameter.type !== 'special'
  );
}

function whereOf(parts: readonly string[]): string {
  return parts.length === 0 ? '' : ` WHERE ${parts.join(' AND ')}`;
}
