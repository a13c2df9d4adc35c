import type { Statement } from '#postgres';
import { columnsOf, tablesOf } from './layout.js';

export type Interaction = 'create' | 'update' | 'delete';

/** Rows of one type and interaction, as the statement takes them. */
export interface WriteGroup {
  type: string;
  interaction: Interaction;
  /** JSON array of rows: id, version, audience, content, event_id, event, v, d, n and the search columns. */
  rows: string;
}

export interface WriteHeader {
  now: Date;
  agent: string;
  organisation: string | null;
  interaction: string;
  requestId: string | null;
  correlationId: string;
  traceparent: string | null;
  keys: readonly string[];
  auditId: string;
  entities: readonly string[];
  digest: Buffer;
}

/**
 * The write path's one statement: content, history, search values, audience, keys, audit row and outbox rows of all groups.
 * A second writer of the same version breaks `<type>_history_pkey`, a second use of a key `used_key_pkey`; then nothing is written.
 */
export function writeStatement(groups: readonly WriteGroup[], header: WriteHeader): Statement {
  return {
    ...preparedFor(groups),
    values: [
      header.now,
      header.agent,
      header.organisation,
      header.interaction,
      header.requestId,
      header.correlationId,
      header.traceparent,
      header.keys,
      header.auditId,
      header.entities,
      header.digest,
      ...groups.map(({ rows }) => rows),
    ],
  };
}

const prepared = new Map<string, Required<Pick<Statement, 'name' | 'text'>>>();
const preparedAtMost = 500;
const firstGroup = 12;

/** One prepared statement per combination of types and interactions; rare combinations beyond the bound are sent unprepared. */
function preparedFor(groups: readonly WriteGroup[]): Pick<Statement, 'name' | 'text'> {
  const signature = groups.map(({ type, interaction }) => `${type}.${interaction}`).join(' ');
  const known = prepared.get(signature);
  if (known) return known;
  const parts = groups.flatMap((group, at) => groupParts(group, `g${String(at)}`, `$${String(at + firstGroup)}`));
  const text = `WITH ${[...parts, ...actParts].join(',\n')}\nSELECT 1`;
  if (prepared.size >= preparedAtMost) return { text };
  const statement = {
    name: `write-${String(prepared.size)}-${groups.map(({ type }) => type).join('-')}`.slice(0, 60),
    text,
  };
  prepared.set(signature, statement);
  return statement;
}

const actParts = [
  `used AS (INSERT INTO used_key (key, used_at) SELECT k, $1::timestamptz FROM unnest($8::text[]) k)`,
  `audited AS (INSERT INTO audit_event
     (id, recorded, agent, organisation, interaction, entities, request_id, correlation_id, digest)
   VALUES ($9::uuid, $1::timestamptz, $2::text, $3::text, $4::text, $10::text[], $5::text, $6::text, $11::bytea))`,
];

function groupParts(group: WriteGroup, g: string, parameter: string): string[] {
  const tables = tablesOf(group.type);
  const type = `'${group.type}'`;
  const content = { create: insertContent, update: updateContent, delete: deleteContent }[group.interaction];
  return [
    `${g} AS (SELECT * FROM jsonb_to_recordset(${parameter}::jsonb) AS r(${recordOf(group.type)}))`,
    `${g}_content AS (${content(tables.resource, type, g)} RETURNING ${group.interaction === 'create' ? 'id' : 't.id'})`,
    `${g}_history AS (INSERT INTO ${tables.history} (type, id, version, last_updated, audience, deleted, content)
       SELECT ${type}, id, version, $1::timestamptz, audience, ${String(group.interaction === 'delete')}, content FROM ${g})`,
    ...(group.interaction === 'create' ? [] : forget(group, g)),
    ...(group.interaction === 'delete' ? [] : index(group, g)),
    `${g}_outbox AS (INSERT INTO outbox
       (event_id, type, resource_type, resource_id, version, audience, agent, correlation_id, traceparent, occurred_at)
       SELECT event_id, event, ${type}, id, version, audience, $2::text, $6::text, $7::text, $1::timestamptz
       FROM ${g} JOIN ${g}_content USING (id))`,
  ];
}

function recordOf(type: string): string {
  const search = columnsOf(type).map(
    ({ column, sqlType }) => `"${column}" ${sqlType === 'timestamptz' ? sqlType : 'text'}`,
  );
  const fixed = ['id text', 'version int', 'audience text[]', 'content text', 'event_id uuid', 'event text'];
  return [...fixed, 'v jsonb', 'd jsonb', 'n jsonb', ...search].join(', ');
}

function insertContent(table: string, type: string, g: string): string {
  return `INSERT INTO ${table} (type, id, version, last_updated, audience, deleted, content)
    SELECT ${type}, id, version, $1::timestamptz, audience, false, content FROM ${g}`;
}

function updateContent(table: string, type: string, g: string): string {
  return `UPDATE ${table} t SET version = ${g}.version, last_updated = $1::timestamptz, audience = ${g}.audience,
    deleted = false, content = ${g}.content FROM ${g}
    WHERE t.type = ${type} AND t.id = ${g}.id AND t.version = ${g}.version - 1`;
}

function deleteContent(table: string, type: string, g: string): string {
  return `UPDATE ${table} t SET version = ${g}.version, last_updated = $1::timestamptz, deleted = true, content = ''
    FROM ${g} WHERE t.type = ${type} AND t.id = ${g}.id AND t.version = ${g}.version - 1`;
}

/** Takes away what was indexed before; the rows made by `index` in the same statement are not seen by it. */
function forget({ type, interaction }: WriteGroup, g: string): string[] {
  const tables = tablesOf(type);
  const gone = (table: string, own: string) =>
    `DELETE FROM ${table} o USING ${g} WHERE ${own === '' ? '' : `o.type = '${type}' AND `}o.id = ${g}.id`;
  return [
    `${g}_no_value AS (${gone(tables.value, '')})`,
    `${g}_no_audience AS (${gone(tables.audience, '')})`,
    `${g}_no_date AS (${gone('date_value', type)})`,
    `${g}_no_number AS (${gone('number_value', type)})`,
    ...(interaction === 'delete' ? [`${g}_no_search AS (${gone(tables.search, '')})`] : []),
  ];
}

function index({ type }: WriteGroup, g: string): string[] {
  const tables = tablesOf(type);
  const columns = columnsOf(type).map(({ column }) => `"${column}"`);
  const list = ['id', 'last_updated', ...columns].join(', ');
  const values = ['id', '$1::timestamptz', ...columns].join(', ');
  const set = ['last_updated', ...columns].map((column) => `${column} = excluded.${column}`).join(', ');
  return [
    `${g}_search AS (INSERT INTO ${tables.search} (${list}) SELECT ${values} FROM ${g}
       ON CONFLICT (id) DO UPDATE SET ${set})`,
    `${g}_value AS (INSERT INTO ${tables.value} (type, id, parameter, value, system)
       SELECT '${type}', ${g}.id, v.p, v.v, v.s FROM ${g}, jsonb_to_recordset(${g}.v) AS v(p text, v text, s text))`,
    `${g}_audience AS (INSERT INTO ${tables.audience} (type, id, organisation, last_updated)
       SELECT '${type}', ${g}.id, o, $1::timestamptz FROM ${g}, unnest(${g}.audience) o)`,
    `${g}_date AS (INSERT INTO date_value (type, id, parameter, low, high)
       SELECT '${type}', ${g}.id, d.p, d.l, d.h FROM ${g}, jsonb_to_recordset(${g}.d) AS d(p text, l timestamptz, h timestamptz))`,
    `${g}_number AS (INSERT INTO number_value (type, id, parameter, low, high, system, unit)
       SELECT '${type}', ${g}.id, n.p, n.l, n.h, n.s, n.u
       FROM ${g}, jsonb_to_recordset(${g}.n) AS n(p text, l float8, h float8, s text, u text))`,
  ];
}
