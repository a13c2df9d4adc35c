import { forgetParts, indexParts, indexRecordOf } from './index-parts.js';
import { afterwards } from './key-parts.js';
import { historyParts, replacedPart } from './history-parts.js';
import { tablesOf } from './layout.js';
import { markedFor, rememberPersons } from './withheld-parts.js';

export type Interaction = 'create' | 'update' | 'delete';

/** Rows of one type and interaction, within a statement. */
export interface PlacedRows {
  type: string;
  interaction: Interaction;
  /** Name of the part that holds them. */
  g: string;
  /** The record function that makes them: columns of `rowColumns`, and others that the expressions here name. */
  rows: string;
  /** Their content, where `g` is at hand. */
  content: string;
  /** The ids of what is replaced, as an array. */
  ids: string;
  /** What stands after `id`, to find them. */
  these: string;
}

/** On whose behalf rows are written: expressions, where `g` is at hand. */
export interface WrittenBy {
  agent: string;
  organisation: string;
  correlationId: string;
  traceparent: string;
  /** The transaction across services that may write what it has reserved. */
  transaction: string;
}

/** What every row to write has, as columns of a record. */
export function rowColumns(type: string): string {
  const fixed = ['id text', 'version int', 'readers text[]', 'persons text[]', 'event_id uuid', 'event text'];
  return [...fixed, indexRecordOf(type)].join(', ');
}

export function replaces({ interaction }: Pick<PlacedRows, 'interaction'>): boolean {
  return interaction !== 'create';
}

/** A list that comes as JSON: from an array's length PostgreSQL would conclude that a new plan for each execution is worth its while. */
export function listOf(placeholder: string): string {
  return `ARRAY(SELECT jsonb_array_elements_text(${placeholder}::jsonb))`;
}

/** Content, history, search values, audience and outbox rows. */
export function rowParts(
  rows: PlacedRows,
  { after, by }: { after: string | undefined; by: (g: string) => WrittenBy },
): string[] {
  const { type, interaction, g } = rows;
  const replacing = interaction === 'create' ? undefined : { ...rows, interaction };
  const writtenBy = by(g);
  return [
    `${g} AS MATERIALIZED (SELECT r.*, ${markedFor(rows, 'r.readers')} AS audience FROM ${rows.rows} WHERE true${afterwards(after)})`,
    ...(replacing ? [replacedPart(replacing)] : []),
    `${g}_content AS (${replacing ? replaceContent(rows, writtenBy) : insertContent(rows)})`,
    ...(replacing ? [...historyParts(replacing), ...forgetParts(replacing)] : []),
    ...(interaction === 'delete' ? [] : [...indexParts(rows), rememberPersons(rows)]),
    // A version that replaced nothing has no id here, which the outbox does not take: then nothing is written.
    `${g}_outbox AS (INSERT INTO outbox
       (event_id, type, resource_type, resource_id, version, audience, agent, organisation, correlation_id, traceparent,
        occurred_at)
       SELECT event_id, event, '${type}', c.id, version, audience,
         ${writtenBy.agent}, ${writtenBy.organisation}, ${writtenBy.correlationId}, ${writtenBy.traceparent},
         $1::timestamptz
       FROM ${g} LEFT JOIN ${g}_content c ON c.id = ${g}.id)`,
  ];
}

/** Locks what is replaced, of one type: in the order of ids, so that no two who replace the same wait for each other. */
export function lockedRows(
  type: string,
  ids: readonly string[],
  { after, noWait = false }: { after?: string | undefined; noWait?: boolean },
): string {
  return `MATERIALIZED (SELECT id FROM ${tablesOf(type).resource}
    WHERE type = '${type}' AND id = ANY(${ids.join(' || ')})${afterwards(after)} ORDER BY id FOR UPDATE${noWait ? ' NOWAIT' : ''})`;
}

function insertContent({ type, g, content }: PlacedRows): string {
  return `INSERT INTO ${tablesOf(type).resource} (type, id, version, last_updated, audience, deleted, content)
    SELECT '${type}', id, version, $1::timestamptz, audience, false, ${content} FROM ${g} RETURNING id`;
}

/**
 * The version that is replaced must stand in the statement's own snapshot too: index rows that a faster writer has made
 * since would not be seen, and stay. What a transaction has reserved it alone replaces, and is then reserved no more.
 */
function replaceContent({ type, interaction, g, content, these }: PlacedRows, { transaction }: WrittenBy): string {
  const { resource } = tablesOf(type);
  return `UPDATE ${resource} t SET version = ${g}.version, last_updated = $1::timestamptz, audience = ${g}.audience,
      deleted = ${String(interaction === 'delete')}, content = ${content}, reserved_by = NULL
    FROM ${g} JOIN ${g}_replaced s ON s.id = ${g}.id
    WHERE t.type = '${type}' AND t.id ${these} AND t.id = ${g}.id AND t.version = ${g}.version - 1
      AND CASE WHEN t.reserved_by IS NULL OR t.reserved_by = ${transaction} THEN true ELSE refuse_reserved() END
    RETURNING t.id`;
}
