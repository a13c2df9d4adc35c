import { type SearchParameter, searchParametersOf } from '#fhir-search';
import { name, type SqlMigration } from '#postgres';

/**
 * What `ginnel.audience` may see; nothing where it was not set.
 * Writing is decided before: a policy row cannot know the use case.
 */
const visible = `coalesce(current_setting('ginnel.audience', true), '') = '*'
  OR audience && string_to_array(coalesce(current_setting('ginnel.audience', true), ''), ',')`;

/**
 * The tables of a service's store. `resource` and `history` hold content under the audience policy and are partitioned by
 * type, so that one type is one table (`task`, `task_history`) and all of them one query. Searchable values lie apart and
 * without content: `task_search` has a column per single-valued parameter, `task_value` rows for the others,
 * `task_audience` the organisations. Ids are found there first, content is joined last.
 */
export const storeMigration: SqlMigration = {
  name: 'Store1763750000001',
  up: [
    `CREATE TABLE resource (
       type text NOT NULL, id text COLLATE "C" NOT NULL, version int NOT NULL, last_updated timestamptz NOT NULL,
       audience text[] NOT NULL, deleted boolean NOT NULL, content text NOT NULL,
       PRIMARY KEY (type, id)) PARTITION BY LIST (type)`,
    `CREATE TABLE history (
       type text NOT NULL, id text COLLATE "C" NOT NULL, version int NOT NULL, last_updated timestamptz NOT NULL,
       audience text[] NOT NULL, deleted boolean NOT NULL, content text NOT NULL,
       PRIMARY KEY (type, id, version)) PARTITION BY LIST (type)`,
    `CREATE TABLE value (
       type text NOT NULL, id text COLLATE "C" NOT NULL, parameter text NOT NULL, value text COLLATE "C" NOT NULL,
       system text, exact text) PARTITION BY LIST (type)`,
    'CREATE INDEX value_found ON value (parameter, value, id)',
    'CREATE INDEX value_of ON value (id)',
    `CREATE TABLE audience (
       type text NOT NULL, id text COLLATE "C" NOT NULL, organisation text COLLATE "C" NOT NULL,
       last_updated timestamptz NOT NULL) PARTITION BY LIST (type)`,
    'CREATE INDEX audience_sees ON audience (organisation, last_updated, id)',
    'CREATE INDEX audience_of ON audience (id, organisation)',
    `CREATE TABLE date_value (
       type text NOT NULL, id text COLLATE "C" NOT NULL, parameter text NOT NULL,
       low timestamptz NOT NULL, high timestamptz NOT NULL)`,
    'CREATE INDEX date_value_found ON date_value (type, parameter, high, id)',
    'CREATE INDEX date_value_of ON date_value (type, id)',
    `CREATE TABLE number_value (
       type text NOT NULL, id text COLLATE "C" NOT NULL, parameter text NOT NULL,
       low float8 NOT NULL, high float8 NOT NULL, system text, unit text)`,
    'CREATE INDEX number_value_found ON number_value (type, parameter, high, id)',
    'CREATE INDEX number_value_of ON number_value (type, id)',
    'CREATE TABLE used_key (key text COLLATE "C" PRIMARY KEY, used_at timestamptz NOT NULL)',
    `CREATE TABLE audit_event (
       id uuid PRIMARY KEY, recorded timestamptz NOT NULL, agent text NOT NULL, organisation text, interaction text NOT NULL,
       entities text[] NOT NULL, request_id text, correlation_id text NOT NULL, digest bytea NOT NULL)`,
    'CREATE INDEX audit_event_recorded ON audit_event (recorded)',
    ...['resource', 'history'].flatMap(policy),
  ],
};

/** Tables that a service may read and add to, never change. */
export const appendOnlyTables = ['history', 'audit_event', 'audit_chain', 'audit_dropped', 'maker'];

/** The tables of one resource type. */
export function tablesOf(type: string) {
  const base = snakeCase(type);
  return {
    resource: name(base),
    history: name(`${base}_history`),
    search: name(`${base}_search`),
    value: name(`${base}_value`),
    audience: name(`${base}_audience`),
  };
}

/** Statements that make, or complete, the tables of these types; may be run again. */
export function tableShapeOf(types: readonly string[]): string[] {
  return types.flatMap((type) => {
    const tables = tablesOf(type);
    const columns = columnsOf(type);
    return [
      partition(tables.resource, 'resource', type),
      partition(tables.history, 'history', type),
      partition(tables.value, 'value', type),
      partition(tables.audience, 'audience', type),
      ...[tables.resource, tables.history].map(forcedPolicy),
      // Whether an organisation sees few or many decides how its searches begin: so many of them are counted one by one.
      `ALTER TABLE ${tables.audience} ALTER COLUMN organisation SET STATISTICS 1000`,
      `CREATE TABLE IF NOT EXISTS ${tables.search} (id text COLLATE "C" PRIMARY KEY, last_updated timestamptz NOT NULL)`,
      ...columns.map(
        ({ column, sqlType }) => `ALTER TABLE ${tables.search} ADD COLUMN IF NOT EXISTS ${name(column)} ${sqlType}`,
      ),
      `CREATE INDEX IF NOT EXISTS ${indexName(type, 'newest')} ON ${tables.search} (last_updated, id)`,
      // What earlier editions made of codes and references.
      ...columnsOf(type)
        .filter(({ parameter }) => isShared(parameter))
        .map(({ column }) => `DROP INDEX IF EXISTS ${indexName(type, column)}`),
      ...indexesOf(type).map(
        ({ column, of, where }) =>
          `CREATE INDEX IF NOT EXISTS ${indexName(type, column)} ON ${tables.search} (${of}) WHERE ${where}`,
      ),
    ];
  });
}

export interface SearchColumn {
  parameter: SearchParameter;
  column: string;
  sqlType: 'text COLLATE "C"' | 'timestamptz';
}

/** The columns of a type's search table: one per single-valued parameter, two for a date. */
export function columnsOf(type: string): SearchColumn[] {
  const known = columns.get(type);
  if (known) return known;
  const made = searchParametersOf(type)
    .filter(hasColumn)
    .flatMap((parameter) => columnsOfParameter(parameter));
  columns.set(type, made);
  return made;
}

/** Single-valued parameters are columns; what has a unit, a text as it was sent, parts or a place is in rows. */
export function hasColumn(parameter: SearchParameter): boolean {
  return parameter.single && ['token', 'date', 'reference', 'uri'].includes(parameter.type);
}

export function columnName(parameter: SearchParameter, bound?: 'low' | 'high'): string {
  const column = `p_${parameter.code.replaceAll('-', '_').toLowerCase()}`;
  return bound === undefined ? column : `${column}_${bound}`;
}

const columns = new Map<string, SearchColumn[]>();

function columnsOfParameter(parameter: SearchParameter): SearchColumn[] {
  if (parameter.type !== 'date') return [{ parameter, column: columnName(parameter), sqlType: 'text COLLATE "C"' }];
  return (['low', 'high'] as const).map((bound) => ({
    parameter,
    column: columnName(parameter, bound),
    sqlType: 'timestamptz' as const,
  }));
}

/**
 * Every column, for any value may be rare and any order asked for. Most resources say nothing under most parameters: what is
 * absent takes no room. Many share a code, and many point to one organisation, not to one patient: their index goes on by
 * time, so that a worklist is walked and not sorted.
 */
function indexesOf(type: string): { column: string; of: string; where: string }[] {
  return columnsOf(type).map(({ column, parameter }) => ({
    column: isShared(parameter) ? `${column}_newest` : column,
    of: isShared(parameter) ? `${name(column)}, last_updated` : name(column),
    where: `${name(column)} IS NOT NULL`,
  }));
}

function isShared({ type, targets }: SearchParameter): boolean {
  return type === 'token' || (type === 'reference' && targets.some((target) => target !== 'Patient'));
}

function indexName(type: string, column: string): string {
  return name(`${snakeCase(type)}_search_${column}`.slice(0, 63));
}

function partition(table: string, parent: string, type: string): string {
  return `CREATE TABLE IF NOT EXISTS ${table} PARTITION OF ${parent} FOR VALUES IN ('${type}')`;
}

function policy(table: string): string[] {
  return [
    `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
    `ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`,
    `CREATE POLICY audience ON ${table} FOR ALL USING (${visible}) WITH CHECK (true)`,
  ];
}

/** A partition read by its own name is not covered by its parent's policy. */
function forcedPolicy(table: string): string {
  return `DO $$ BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_policy WHERE polrelid = '${table}'::regclass) THEN
      ${policy(table).join(';\n      ')};
    END IF;
  END $$`;
}

function snakeCase(type: string): string {
  return type.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
}
