import { tablesOf } from './layout.js';
import { markedAgain } from './withheld-parts.js';

/** Rows that take the place of a version, within a statement that has them as `g` and what it wrote as `g_content`. */
export interface ReplacingRows {
  type: string;
  interaction: 'update' | 'delete';
  g: string;
  /** Which they are: what stands after `id`. */
  these: string;
}

/** The versions that are replaced, as the statement's snapshot has them. */
export function replacedPart({ type, g, these }: ReplacingRows): string {
  return `${g}_replaced AS MATERIALIZED (SELECT s.type, s.id, s.version, s.last_updated,
       ${markedAgain('s.audience', { type, g })} AS audience, s.deleted, s.content FROM ${g} JOIN ${tablesOf(type).resource} s
       ON s.type = '${type}' AND s.id ${these} AND s.id = ${g}.id AND s.version = ${g}.version - 1)`;
}

/**
 * Keeps what was replaced. It waits for the content, whose lock decides between writers; a deletion is past from the
 * beginning, and already was when it is replaced.
 */
export function historyParts({ type, interaction, g }: ReplacingRows): string[] {
  const replaced = `FROM ${g}_replaced s JOIN ${g}_content c ON c.id = s.id`;
  const past = [
    `SELECT '${type}', o, s.last_updated, s.id, s.version ${replaced}, ${everybody('s')} WHERE s.version > 0 AND NOT s.deleted`,
    ...(interaction === 'delete'
      ? [`SELECT '${type}', o, $1::timestamptz, ${g}.id, ${g}.version FROM ${g}, ${everybody(g)}`]
      : []),
  ];
  return [
    `${g}_history AS (INSERT INTO ${tablesOf(type).history} (type, id, version, last_updated, audience, deleted, content)
       SELECT s.type, s.id, s.version, s.last_updated, s.audience, s.deleted, s.content ${replaced} WHERE s.version > 0)`,
    `${g}_past AS (INSERT INTO past_audience (type, organisation, last_updated, id, version)
       ${past.join('\n       UNION ALL ')})`,
  ];
}

/** Whom a version names, and those who see everything. */
function everybody(row: string): string {
  return `unnest(array_append(array_remove(${row}.audience, '*'), '*')) o`;
}
