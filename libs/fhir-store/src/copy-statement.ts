import type { FhirResource } from 'fhir/r4';
import { indexEntriesOf } from '#fhir-search';
import type { Statement } from '#postgres';
import { columnsOf, tablesOf } from './layout.js';
import { searchRowOf } from './search-row.js';
import type { Stored } from './stored.js';

/** A followed copy: content, search values and audience as the owner has them; only a newer version replaces one. */
export function copyStatement(stored: Stored): Statement {
  const tables = tablesOf(stored.type);
  const type = `'${stored.type}'`;
  const columns = columnsOf(stored.type);
  const names = columns.map(({ column }) => `"${column}"`);
  const row = stored.deleted
    ? { v: [], d: [], n: [] }
    : searchRowOf(stored.type, indexEntriesOf(JSON.parse(stored.content) as FhirResource));
  const record = columns.map(({ column, sqlType }) => `"${column}" ${sqlType === 'timestamptz' ? sqlType : 'text'}`);
  const set = ['last_updated', ...names].map((name) => `${name} = excluded.${name}`).join(', ');
  const gone = (table: string, own: boolean) =>
    `(DELETE FROM ${table} o USING kept WHERE ${own ? `o.type = ${type} AND ` : ''}o.id = kept.id)`;
  return {
    name: `follow-${stored.type}`,
    text: `WITH kept AS (
        INSERT INTO ${tables.resource} AS r (type, id, version, last_updated, audience, deleted, content)
        VALUES (${type}, $1, $2, $3::timestamptz, $4::text[], $5::boolean, $6)
        ON CONFLICT (type, id) DO UPDATE SET version = excluded.version, last_updated = excluded.last_updated,
          audience = excluded.audience, deleted = excluded.deleted, content = excluded.content
        WHERE r.version < excluded.version RETURNING id),
      x AS (SELECT kept.id, j.* FROM kept, jsonb_to_record($7::jsonb) AS j(v jsonb, d jsonb, n jsonb
        ${record.map((column) => `, ${column}`).join('')}) WHERE NOT $5::boolean),
      no_search AS (DELETE FROM ${tables.search} o USING kept WHERE o.id = kept.id AND $5::boolean),
      no_value AS ${gone(tables.value, false)}, no_audience AS ${gone(tables.audience, false)},
      no_date AS ${gone('date_value', true)}, no_number AS ${gone('number_value', true)},
      search AS (INSERT INTO ${tables.search} (${['id', 'last_updated', ...names].join(', ')})
        SELECT ${['id', '$3::timestamptz', ...names].join(', ')} FROM x ON CONFLICT (id) DO UPDATE SET ${set}),
      value AS (INSERT INTO ${tables.value} (type, id, parameter, value, system)
        SELECT ${type}, x.id, v.p, v.v, v.s FROM x, jsonb_to_recordset(x.v) AS v(p text, v text, s text)),
      dates AS (INSERT INTO date_value (type, id, parameter, low, high)
        SELECT ${type}, x.id, d.p, d.l, d.h FROM x, jsonb_to_recordset(x.d) AS d(p text, l timestamptz, h timestamptz)),
      numbers AS (INSERT INTO number_value (type, id, parameter, low, high, system, unit)
        SELECT ${type}, x.id, n.p, n.l, n.h, n.s, n.u
        FROM x, jsonb_to_recordset(x.n) AS n(p text, l float8, h float8, s text, u text)),
      seen AS (INSERT INTO ${tables.audience} (type, id, organisation, last_updated)
        SELECT ${type}, x.id, o, $3::timestamptz FROM x, unnest($4::text[]) o)
      SELECT 1`,
    values: [
      stored.id,
      stored.version,
      stored.lastUpdated,
      stored.audience,
      stored.deleted,
      stored.content,
      JSON.stringify(row),
    ],
  };
}
