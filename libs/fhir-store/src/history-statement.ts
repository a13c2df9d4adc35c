import { type Audience, marksOf } from '#fhir';
import type { Statement } from '#postgres';
import { tablesOf } from './layout.js';
import { narrowedRow } from './narrowed.js';
import { quote } from './scope.js';
import { Values } from './values.js';

/** Which versions of a history are wanted. */
export interface HistoryPage {
  count: number;
  /** Made at this time or later. */
  since?: Date;
  /** Current at some time from `low`, before `high`. */
  at?: { low: Date; high: Date };
}

/** A version's place in a history of many resources: newest first, and in one order where they are of one moment. */
export interface HistoryPlace {
  lastUpdated: Date;
  id: string;
  type: string;
  version: number;
}

export const versionColumns = 'v.type, v.id, v.version, v.last_updated, v.audience, v.deleted, v.content';

/** Versions of one resource, newest first. A narrowed reader sees those of what its narrowings leave now. */
export function instanceStatement(
  { type, id }: { type: string; id: string },
  reader: Audience,
  { count, before, ...times }: HistoryPage & { before?: number },
): Statement {
  const values = new Values();
  const where = [
    `v.type = '${type}'`,
    `v.id = ${values.add(id)}`,
    ...(before === undefined ? [] : [`v.version < ${values.add(before)}`]),
    visibleTo(reader, values)('v'),
    ...narrowedRow({ type, id: 'v.id' }, reader, values),
    ...timesOf(times, 'v', values),
    ...supersededAfter(times, 'v', values),
  ];
  return {
    text: `SELECT ${versionColumns} FROM every_version v WHERE ${where.join(' AND ')}
      ORDER BY v.version DESC LIMIT ${String(count)}`,
    values: values.all,
  };
}

/**
 * Versions of all resources of some types, newest first. Each type and organisation is a walk of its own through an index,
 * which ends with the page; what several of them find is one version. Content is joined last.
 */
export function typesStatement(
  types: readonly string[],
  reader: Audience,
  page: HistoryPage & { before?: HistoryPlace },
): Statement {
  const values = new Values();
  const all = reader.includes('*');
  const asked = {
    types: values.add(types),
    organisations: values.add(all ? ['*'] : [...new Set(marksOf(reader))]),
    narrowed: narrowedTypes(types, reader, values),
  };
  const limit = String(page.count);
  const live = all ? types.map((type) => liveOfType({ type, reader }, page, values)) : [liveOf(asked, page, values)];
  return {
    text: `WITH page AS MATERIALIZED (
        SELECT DISTINCT type, id, version, last_updated FROM (
          ${[pastOf(asked, page, values), ...live].join('\n          UNION ALL ')}) found
        ORDER BY ${order('')} LIMIT ${limit})
      SELECT page.type, page.id, page.version, page.last_updated,
        ${['audience', 'deleted', 'content'].map((column) => `coalesce(r.${column}, h.${column}) AS ${column}`).join(', ')}
      FROM page ${versionsOf('page', visibleTo(reader, values))}
      WHERE r.id IS NOT NULL OR h.id IS NOT NULL ORDER BY ${order('page.')}`,
    values: values.all,
  };
}

/** Joined one by one: into a view of both PostgreSQL would not carry which versions are wanted. */
function versionsOf(wanted: string, visible: (row: string) => string): string {
  const join = (table: string, row: string) => `LEFT JOIN ${table} ${row} ON ${row}.type = ${wanted}.type
        AND ${row}.id = ${wanted}.id AND ${row}.version = ${wanted}.version AND ${visible(row)}`;
  return `${join('resource', 'r')} ${join('history', 'h')}`;
}

interface Asked {
  types: string;
  organisations: string;
  /** What the reader's narrowings leave of the row under this alias, which has a type and an id. */
  narrowed: (row: string) => string[];
}

/** Before a page is full: what may not be seen takes nobody's place. */
function narrowedTypes(types: readonly string[], reader: Audience, values: Values): (row: string) => string[] {
  return (row) => {
    const narrowed = types.flatMap((type) =>
      narrowedRow({ type, id: `${row}.id` }, reader, values).map(
        (condition) => `WHEN ${quote(type)} THEN ${condition}`,
      ),
    );
    return narrowed.length === 0 ? [] : [`CASE ${row}.type ${narrowed.join(' ')} ELSE true END`];
  };
}

function pastOf(
  { types, organisations, narrowed }: Asked,
  page: HistoryPage & { before?: HistoryPlace },
  values: Values,
): string {
  const where = [
    'p.type = t.type AND p.organisation = o.organisation',
    ...timesOf(page, 'p', values),
    ...behind(page.before, 'p', values),
    ...supersededAfter(page, 'p', values),
    ...narrowed('p'),
  ];
  return `SELECT f.* FROM unnest(${types}::text[]) t(type), unnest(${organisations}::text[]) o(organisation), LATERAL (
            SELECT p.type, p.id, p.version, p.last_updated FROM past_audience p WHERE ${where.join(' AND ')}
            ORDER BY p.last_updated DESC, p.id DESC, p.version DESC LIMIT ${String(page.count)}) f`;
}

/** What is current is found as searches find it. */
function liveOf(
  { types, organisations, narrowed }: Asked,
  page: HistoryPage & { before?: HistoryPlace },
  values: Values,
): string {
  const where = [
    'a.type = t.type AND a.organisation = o.organisation',
    ...timesOf(page, 'a', values),
    ...behind(page.before, 'a', values),
    ...narrowed('a'),
  ];
  return `SELECT f.type, f.id, r.version, f.last_updated
          FROM unnest(${types}::text[]) t(type), unnest(${organisations}::text[]) o(organisation), LATERAL (
            SELECT a.type, a.id, a.last_updated FROM audience a WHERE ${where.join(' AND ')}
            ORDER BY a.last_updated DESC, a.id DESC LIMIT ${String(page.count)}) f
          JOIN resource r ON r.type = f.type AND r.id = f.id`;
}

function liveOfType(
  { type, reader }: { type: string; reader: Audience },
  page: HistoryPage & { before?: HistoryPlace },
  values: Values,
): string {
  const tables = tablesOf(type);
  const where = [
    ...timesOf(page, 's', values),
    ...behind(page.before, 's', values, `'${type}'::text`),
    ...narrowedRow({ type, id: 's.id' }, reader, values),
  ];
  return `SELECT '${type}', f.id, r.version, f.last_updated FROM (
            SELECT s.id, s.last_updated FROM ${tables.search} s${where.length > 0 ? ` WHERE ${where.join(' AND ')}` : ''}
            ORDER BY s.last_updated DESC, s.id DESC LIMIT ${String(page.count)}) f
          JOIN ${tables.resource} r ON r.type = '${type}' AND r.id = f.id`;
}

function timesOf({ since, at }: Pick<HistoryPage, 'since' | 'at'>, row: string, values: Values): string[] {
  return [
    ...(since ? [`${row}.last_updated >= ${values.add(since)}::timestamptz`] : []),
    ...(at ? [`${row}.last_updated < ${values.add(at.high)}::timestamptz`] : []),
  ];
}

/** Of a version that was superseded before the asked time nothing was current then. */
function supersededAfter({ at }: Pick<HistoryPage, 'at'>, row: string, values: Values): string[] {
  if (!at) return [];
  const low = values.add(at.low);
  return [
    ...['resource', 'history'].map(
      (table) => `NOT EXISTS (SELECT 1 FROM ${table} n WHERE n.type = ${row}.type AND n.id = ${row}.id
       AND n.version = ${row}.version + 1 AND n.last_updated <= ${low}::timestamptz)`,
    ),
  ];
}

/** A current version is the last of its resource: among those of one moment it stands before the others. */
function behind(
  place: HistoryPlace | undefined,
  row: string,
  ...[values, type = `${row}.type`]: [values: Values, type?: string]
): string[] {
  if (!place) return [];
  const time = `${values.add(place.lastUpdated)}::timestamptz`;
  const own = [`${row}.last_updated`, `${row}.id`, type];
  const theirs = [time, `${values.add(place.id)}::text`, `${values.add(place.type)}::text`];
  if (row === 'p') {
    own.push('p.version');
    theirs.push(`${values.add(place.version)}::int`);
  }
  return [`${row}.last_updated <= ${time}`, `(${own.join(', ')}) < (${theirs.join(', ')})`];
}

function visibleTo(reader: Audience, values: Values): (row: string) => string {
  if (reader.includes('*')) return () => 'true';
  const placeholder = values.add(marksOf(reader));
  return (row) => `${row}.audience && ${placeholder}::text[]`;
}

function order(row: string): string {
  return ['last_updated', 'id', 'type', 'version'].map((column) => `${row}${column} DESC`).join(', ');
}
