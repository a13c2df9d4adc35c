import type { SearchPrefix } from '#fhir-search';
import { everyone } from '#fhir';
import type { Database, Statement } from '#postgres';
import { Values } from '../values.js';
import { type AuditRowRead, readColumns, type ReadRow, rowRead } from './audit-read-row.js';

/** What is sought in the audit of one service; each list's members are joined by or, the lists by and. */
export interface AuditQuery {
  /** Only what this organisation's own clients did. */
  organisation?: string | undefined;
  ids?: readonly string[] | undefined;
  /** `Patient/1` */
  patients?: readonly string[] | undefined;
  /** `Task/1`, or `Task/1/_history/2`. */
  entities?: readonly string[] | undefined;
  clients?: readonly string[] | undefined;
  organisations?: readonly string[] | undefined;
  persons?: readonly string[] | undefined;
  actions?: readonly string[] | undefined;
  outcomes?: readonly string[] | undefined;
  /** FHIR's prefixes, of bounds that are made for them. */
  times?: readonly { prefix: SearchPrefix; low: Date; high: Date }[][] | undefined;
}

export interface AuditPage {
  /** Newest first; with the same time, by id. */
  rows: AuditRowRead[];
  /** There may be older ones. */
  more: boolean;
}

/** What is older than an entry: of the same time those with a lower id, where the id is told; else all, or none. */
export interface AuditPlace {
  recorded: Date;
  id?: string | undefined;
  ofSameTime: boolean;
}

export const actionOf: Readonly<Partial<Record<string, string>>> = {
  create: 'C',
  read: 'R',
  vread: 'R',
  history: 'R',
  update: 'U',
  patch: 'U',
  delete: 'D',
};

/** Entries of the audit, for whoever may see them: the caller decides. */
export class AuditSearch {
  constructor(private readonly database: Database) {}

  async page(query: AuditQuery, page: { count: number; before?: AuditPlace | undefined }): Promise<AuditPage> {
    const rows = await this.database.as(everyone).query<ReadRow>(pageStatement(query, page));
    return { rows: rows.slice(0, page.count).map(rowRead), more: rows.length > page.count };
  }

  async count(query: AuditQuery): Promise<number> {
    const values = new Values();
    const [row] = await this.database.as(everyone).query<{ total: number }>({
      text: `SELECT count(*)::int AS total FROM audit_event WHERE ${conditionsOf(query, values)}`,
      values: values.all,
    });
    return row?.total ?? 0;
  }
}

function pageStatement(
  query: AuditQuery,
  { count, before }: { count: number; before?: AuditPlace | undefined },
): Statement {
  const values = new Values();
  const conditions = [conditionsOf(query, values), ...(before ? [olderThan(before, values)] : [])];
  return {
    text: `SELECT ${readColumns} FROM audit_event WHERE ${conditions.join(' AND ')}
           ORDER BY recorded DESC, id DESC LIMIT ${values.add(count + 1)}`,
    values: values.all,
  };
}

function olderThan({ recorded, id, ofSameTime }: AuditPlace, values: Values): string {
  const time = `${values.add(recorded)}::timestamptz`;
  if (id !== undefined) return `(recorded, id) < (${time}, ${values.add(id)}::uuid)`;
  return `recorded ${ofSameTime ? '<=' : '<'} ${time}`;
}

function conditionsOf(query: AuditQuery, values: Values): string {
  const { organisation, ids, patients, entities, clients, organisations, persons, actions, outcomes, times } = query;
  const among = (place: string, list: readonly string[] | undefined, type = 'text'): string[] =>
    list === undefined ? [] : [`${place} = ANY (${values.add(list)}::${type}[])`];
  return [
    'true',
    ...(organisation === undefined ? [] : among('organisation', [organisation])),
    ...among('id', ids, 'uuid'),
    ...(patients === undefined ? [] : [`patients && ${values.add(patients)}::text[]`]),
    ...(entities === undefined ? [] : [aboutOneOf(entities, values)]),
    ...among('agent', clients),
    ...among('organisation', organisations),
    ...among('person', persons),
    ...among(actionExpression, actions),
    ...among(outcomeExpression, outcomes),
    ...(times ?? []).map((any) => `(${any.map((time) => atTime(time, values)).join(' OR ')})`),
  ].join(' AND ');
}

/** Any version of it, whether it was shown, written, or asked for in vain. */
function aboutOneOf(entities: readonly string[], values: Values): string {
  const sought = `${values.add(entities)}::text[]`;
  return `(target = ANY (${sought}) OR patients && ${sought} OR EXISTS (
    SELECT 1 FROM unnest(entities) e, unnest(${sought}) s WHERE e = s OR starts_with(e, s || '/_history/')))`;
}

const actionExpression = `CASE ${Object.entries(actionOf)
  .map(([interaction, action]) => `WHEN interaction = '${interaction}' THEN '${String(action)}'`)
  .join(' ')} ELSE 'E' END`;
const outcomeExpression = "CASE WHEN status >= 500 THEN '8' WHEN status >= 400 THEN '4' ELSE '0' END";

function atTime({ prefix, low, high }: { prefix: SearchPrefix; low: Date; high: Date }, values: Values): string {
  const from = (): string => `recorded >= ${values.add(low)}`;
  const until = (): string => `recorded < ${values.add(high)}`;
  switch (prefix) {
    case 'eq':
    case 'ap':
      return `(${from()} AND ${until()})`;
    case 'ne':
      return `NOT (${from()} AND ${until()})`;
    case 'ge':
      return from();
    case 'le':
      return until();
    case 'gt':
    case 'sa':
      return `recorded >= ${values.add(high)}`;
    case 'lt':
    case 'eb':
      return `recorded < ${values.add(low)}`;
  }
}
