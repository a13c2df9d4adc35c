import type { FhirResource } from 'fhir/r4';
import { notWithheld, parseJson } from '#fhir';
import { indexEntriesOf } from '#fhir-search';
import type { Statement } from '#postgres';
import { forgetParts, indexParts, indexRecordOf, indexShapeOf } from './index-parts.js';
import { tablesOf } from './layout.js';
import { emptyRow, searchRowOf } from './search-row.js';
import { personsIn } from './persons.js';
import type { Stored } from './stored.js';
import { markedFor, rememberPersons, withheldFor, withheldPart } from './withheld-parts.js';

/** A followed copy: content, search values and audience as the owner has them; only a newer version replaces one. */
export function copyStatement(stored: Stored): Statement {
  const { type, deleted } = stored;
  const index = { type, g: 'x', these: '= (SELECT id FROM kept)', lastUpdated: '$3::timestamptz' };
  const copy = { type, interaction: deleted ? ('delete' as const) : ('update' as const) };
  const parts = [
    `${withheldPart} AS ${withheldFor('$7', [{ type, these: '= $1' }])}`,
    `marks AS MATERIALIZED (SELECT ${markedFor(copy, 'r.readers')} AS audience
        FROM (SELECT $1::text AS id, $4::text[] AS readers, $7::text[] AS persons) r)`,
    `kept AS (
        INSERT INTO ${tablesOf(type).resource} AS r (type, id, version, last_updated, audience, deleted, content)
        SELECT '${type}', $1, $2, $3::timestamptz, marks.audience, ${String(deleted)}, $5 FROM marks
        ON CONFLICT (type, id) DO UPDATE SET version = excluded.version, last_updated = excluded.last_updated,
          audience = excluded.audience, deleted = excluded.deleted, content = excluded.content
        WHERE r.version < excluded.version RETURNING id)`,
    `x AS (SELECT kept.id, marks.audience, $7::text[] AS persons, j.* FROM kept, marks, jsonb_to_record($6::jsonb) AS j(${indexRecordOf(type)}))`,
    ...forgetParts({ ...index, interaction: deleted ? 'delete' : 'update' }),
    ...(deleted ? [] : [...indexParts({ ...index, interaction: 'update' }), rememberPersons(index)]),
  ];
  return {
    name: `${deleted ? 'forget' : 'follow'}-${type}-${indexShapeOf(type)}`,
    text: `WITH ${parts.join(',\n')} SELECT 1`,
    values: [
      stored.id,
      stored.version,
      stored.lastUpdated,
      // What is withheld here is known here: a republished event may say what was withheld when it was written.
      notWithheld(stored.audience),
      stored.content,
      searchRow(stored),
      personsIn(stored),
    ],
  };
}

/** One at a time per resource: a statement that waits would not see, and so leave, what the other has indexed. */
export function turnStatement({ type, id }: Stored): Statement {
  return {
    name: 'follow-turn',
    text: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
    values: [`follow ${type}/${id}`],
  };
}

function searchRow({ deleted, content }: Stored): string {
  if (deleted) return JSON.stringify(emptyRow());
  return JSON.stringify(searchRowOf(indexEntriesOf(parseJson(content) as FhirResource)));
}
