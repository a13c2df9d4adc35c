import type { Include } from '#fhir-search';
import type { Statement } from '#postgres';
import { hasColumn, tablesOf } from './layout.js';
import { partsFor } from './narrowed.js';
import { rowParameter } from './row-parameter.js';
import { columnAt, quote, type Scope, type Searching, seenBy, type StatementParts } from './scope.js';
import { Values } from './values.js';

/** Most resources that one page may include. */
export const includedAtMost = 1000;
/** Bytes that what is included of one type comes to together: PostgreSQL knows them without reading the contents. */
export const mostIncludedBytes = 32 * 1024 * 1024;
/** How many times `:iterate` goes on from what it found. */
export const iteratedAtMost = 5;

/**
 * The parts of a statement that find what is included with `shown` (type and id): `reached` has it all. Each step starts from
 * what may be seen, so that nothing tells of a resource that may not.
 */
export function includeParts(
  includes: readonly Include[],
  { shown, statement }: { shown: string; statement: StatementParts },
): string[] {
  const edges = includes.flatMap((include) => edgeOf(include, statement));
  const iterates = includes.some(({ iterate }) => iterate === true);
  // Whether what is held elsewhere may be seen is not known here: whoever reads it there goes on from it.
  const held = candidateTypes(includes, statement.holds).map(quote);
  const goesOn = `(w.step = 0${held.length > 0 ? ` OR w.type IN (${held.join()})` : ''})`;
  const nothing = `SELECT NULL::text AS type, NULL::text AS id WHERE false`;
  const next = edges.length === 0 ? nothing : edges.join('\n UNION ALL ');
  return [
    `shown AS (${shown})`,
    `walk(type, id, step) AS (SELECT type COLLATE "C", id COLLATE "C", 0 FROM shown
       UNION SELECT e.type COLLATE "C", e.id COLLATE "C", w.step + 1 FROM walk w CROSS JOIN LATERAL (${next}) e
       WHERE w.step < ${String(iterates ? iteratedAtMost : 1)} AND ${goesOn} AND ${mayBeSeen(includes, statement)})`,
    // As many as are counted, and no more: the rest of the walk is not gone.
    `reached AS MATERIALIZED (SELECT DISTINCT c.type, c.id FROM (SELECT type, id, step FROM walk LIMIT ${String(walkedAtMost)}) c
       WHERE c.step > 0 AND NOT EXISTS (SELECT 1 FROM shown o WHERE o.type = c.type AND o.id = c.id)
       LIMIT ${String(includedAtMost + 1)})`,
  ];
}

/**
 * Of what is held here: before it is counted, so that nothing which may not be seen takes the place of what may, and before
 * the walk goes on from it, so that nothing tells what points to it. OFFSET 0: each is looked up, for PostgreSQL would rather
 * read the whole table.
 */
function mayBeSeen(includes: readonly Include[], statement: StatementParts): string {
  // Where a step leads back, its own condition has said so.
  const forward = includes.filter(({ reverse }) => !reverse);
  const guarded = candidateTypes(forward, statement.holds).flatMap((type) => {
    const scope: Scope = { type, alias: 't', lastUpdated: 't.last_updated', statement };
    const seen = seenBy(scope);
    const from = `${tablesOf(type).search} t`;
    return seen.length === 0
      ? []
      : [{ type, exists: `EXISTS (SELECT 1 FROM ${from} WHERE ${['t.id = e.id', ...seen].join(' AND ')} OFFSET 0)` }];
  });
  if (guarded.length === 0) return 'true';
  return `CASE e.type ${guarded.map(({ type, exists }) => `WHEN ${quote(type)} THEN ${exists}`).join(' ')} ELSE true END`;
}

const walkedAtMost = 20 * includedAtMost;

/**
 * What is included of one type, with its content, which row-level security guards; without it where all of it is too long.
 * What stands before the content is the same for matches.
 */
export function includedRows(type: string, { before, after }: { before: string; after: string }): string {
  const isLong = `sum(octet_length(r.content)) OVER () > ${String(mostIncludedBytes)}`;
  return `SELECT ${before}, CASE WHEN ${isLong} THEN NULL ELSE r.content END AS content${after} FROM reached JOIN ${tablesOf(type).resource} r ON r.type = ${quote(type)} AND r.id = reached.id
    WHERE reached.type = ${quote(type)} AND NOT r.deleted AND r.version > 0`;
}

/** What is included and not held here: type and id alone. */
export function elsewhereRows(held: readonly string[], { blank, values }: { blank: string; values: Values }): string {
  return `SELECT reached.type, reached.id, NULL::int, NULL::timestamptz, NULL::text[], NULL::boolean, NULL::text${blank}
    FROM reached WHERE reached.type <> ALL(${values.add(held)}::text[])`;
}

/** The types held here that these may bring. */
export function candidateTypes(includes: readonly Include[], holds: (type: string) => boolean): string[] {
  const types = includes.flatMap((include) => (include.reverse ? [include.source] : targetsOf(include)));
  return [...new Set(types)].filter(holds).sort();
}

/** What is included with resources that are known by their references, whoever holds them. */
export function includeStatement(
  includes: readonly Include[],
  { references, ...searching }: Searching & { references: readonly string[] },
): Statement {
  const statement = partsFor(searching, new Values());
  const before = 'r.type, r.id, r.version, r.last_updated, r.audience, r.deleted';
  const held = candidateTypes(includes, statement.holds);
  const given = statement.values.add(references);
  const shown = `SELECT split_part(o, '/', 1) AS type, split_part(o, '/', 2) AS id FROM unnest(${given}::text[]) o`;
  const text = `WITH RECURSIVE ${includeParts(includes, { shown, statement }).join(',\n')}
    ${[
      ...held.map((type) => includedRows(type, { before, after: ', false AS elsewhere' })),
      elsewhereRows(held, { blank: ', true AS elsewhere', values: statement.values }),
    ].join('\n UNION ALL ')}`;
  return { text, values: statement.values.all };
}

/** What one `_include` leads to from a resource of the walk `w`. */
function edgeOf(include: Include, statement: StatementParts): string[] {
  const { reverse, source, parameter, iterate = false } = include;
  if (!statement.holds(source)) return [];
  const scope: Scope = { type: source, alias: 'i', lastUpdated: 'i.last_updated', statement };
  const from = hasColumn(parameter)
    ? `${tablesOf(source).search} i`
    : `${tablesOf(source).search} i JOIN ${tablesOf(source).value} r ON r.id = i.id AND r.parameter = ${quote(rowParameter(parameter, 'reference'))}`;
  const always = [...(iterate ? [] : ['w.step = 0']), ...seenBy(scope)];
  const select = (what: string, where: readonly string[]): string =>
    `(SELECT ${what} FROM ${from} WHERE ${[...where, ...always].join(' AND ')} LIMIT ${String(includedAtMost + 1)})`;
  const targets = statement.values.add(targetsOf(include));
  const column = hasColumn(parameter) ? columnAt(scope, parameter) : 'r.value';
  if (reverse) {
    const where = [`w.type = ANY(${targets}::text[])`, `${column} = w.type || '/' || w.id`];
    return [select(`${quote(source)} AS type, i.id`, where)];
  }
  const type = `split_part(${column}, '/', 1)`;
  return [
    select(`${type} AS type, split_part(${column}, '/', 2) AS id`, [
      `w.type = ${quote(source)}`,
      'i.id = w.id',
      `${type} = ANY(${targets}::text[])`,
    ]),
  ];
}

function targetsOf({ target, parameter }: Include): readonly string[] {
  return target === undefined ? parameter.targets : [target];
}
