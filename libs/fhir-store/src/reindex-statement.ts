import type { Statement } from '#postgres';
import { forgetParts, indexParts, indexRecordOf } from './index-parts.js';
import { tablesOf } from './layout.js';

/** Index rows anew for those of these resources that are still at the version that was read; whoever wrote since indexed them. */
export function reindexStatement(
  type: string,
  rows: readonly ({ id: string; version: number } & Record<string, unknown>)[],
): Statement {
  const { resource, search } = tablesOf(type);
  const index = { type, g: 'x', these: 'IN (SELECT id FROM x)', interaction: 'update' as const };
  const parts = [
    `x AS MATERIALIZED (
       SELECT j.*, r.audience, s.last_updated FROM jsonb_to_recordset($1::jsonb) AS j(id text, version int, ${indexRecordOf(type)})
       JOIN ${resource} r ON r.type = '${type}' AND r.id = j.id AND r.version = j.version AND NOT r.deleted
       JOIN ${search} s ON s.id = j.id)`,
    ...forgetParts(index),
    ...indexParts({ ...index, lastUpdated: 'x.last_updated' }),
  ];
  return { text: `WITH ${parts.join(',\n')} SELECT 1`, values: [JSON.stringify(rows)] };
}
