import { type SearchParameter, searchParametersOf } from '#fhir-search';
import { columnsOf, hasColumn, tablesOf } from '../src/layout.js';
import { partParameter, rowParameter, rowTable } from '../src/row-parameter.js';
import { quote } from '../src/scope.js';
import { asAdmin, type OpenedStore } from './opened-store.js';
import { vacuum } from './vacuum.js';

/** Rows of every type, of which each says something under two thirds of its parameters; six in ten are `big`'s, few `small`'s. */
export async function seedAll({ adminUrl }: OpenedStore, types: readonly string[], rows: number): Promise<void> {
  await asAdmin(
    adminUrl,
    `SET search_path TO referral; SET synchronous_commit TO off;
     CREATE TEMP TABLE seed AS SELECT i, 'x' || i AS id, timestamptz '2026-01-01' + i * interval '1 minute' AS at,
       ARRAY[CASE WHEN i % 10 < 6 THEN 'big' WHEN i % 250 = 7 THEN 'small' ELSE 'provider-' || i % 50 END] AS audience
     FROM generate_series(1, ${String(rows)}) i;
     ANALYZE seed;
     ${types.flatMap((type) => insertsOf(type, rows)).join(';\n')}`,
  );
  await vacuum(adminUrl);
}

function insertsOf(type: string, rows: number): string[] {
  const { resource, search, audience } = tablesOf(type);
  const columns = columnsOf(type);
  const values = columns.map(({ parameter, column }, at) => {
    const value = parameter.type === 'date' ? dateAt(column.endsWith('_high')) : textOf(parameter, rows);
    return `CASE WHEN (i + ${String(at >> 1)}) % 3 > 0 THEN ${value} END`;
  });
  const said = searchParametersOf(type).flatMap((parameter, at) => rowsOf(type, { parameter, at, rows }));
  return [
    `INSERT INTO ${resource} (type, id, version, last_updated, audience, deleted, content)
       SELECT ${quote(type)}, id, 1, at, audience, false, '{"resourceType":${JSON.stringify(type)}}' FROM seed`,
    `INSERT INTO ${search} (${['id', 'last_updated', ...columns.map(({ column }) => `"${column}"`)].join(', ')})
       SELECT ${['id', 'at', ...values].join(', ')} FROM seed`,
    `INSERT INTO ${audience} (type, id, organisation, last_updated) SELECT ${quote(type)}, id, unnest(audience), at FROM seed`,
    ...said,
  ];
}

/** Rows of the value tables, of one parameter: beside the plain ones those for its modifiers. */
function rowsOf(
  type: string,
  { parameter, at, rows }: { parameter: SearchParameter; at: number; rows: number },
): string[] {
  const some = `FROM seed WHERE (i + ${String(at)}) % 3 > 0`;
  const row = (code: string, of: SearchParameter, element = 'NULL::int'): string => {
    const place = `${quote(type)}, id, ${quote(code)}`;
    switch (rowTable(of.type)) {
      case 'date_value':
        return `INSERT INTO date_value (type, id, parameter, low, high, element) SELECT ${place}, ${dateAt(false)}, ${dateAt(true)}, ${element} ${some}`;
      case 'number_value':
        return `INSERT INTO number_value (type, id, parameter, low, high, element) SELECT ${place}, i % 1000, i % 1000, ${element} ${some}`;
      case 'position_value':
        return `INSERT INTO position_value (type, id, parameter, place) SELECT ${place}, point(i % 359 - 179, i % 173 - 86) ${some}`;
      case 'value':
        return `INSERT INTO ${tablesOf(type).value} (type, id, parameter, value, system, element) SELECT ${place}, ${textOf(of, rows)}, 'https://s.example', ${element} ${some}`;
    }
  };
  if (parameter.components) return parameter.components.map((part, of) => row(partParameter(parameter, of), part, '0'));
  const token: SearchParameter = { ...parameter, type: 'token' };
  return [
    ...(hasColumn(parameter) ? [] : [row(parameter.code, parameter)]),
    ...(parameter.type === 'reference' ? [row(rowParameter(parameter, 'token'), token)] : []),
    ...(parameter.type === 'token' && !hasColumn(parameter)
      ? [row(rowParameter(parameter, 'text'), token), row(rowParameter(parameter, 'typedIdentifier'), token)]
      : []),
  ];
}

function dateAt(isEnd: boolean): string {
  return `at - (i % 900) * interval '1 day'${isEnd ? " + interval '1 second'" : ''}`;
}

/** A status has few values, an identifier many. */
function textOf(parameter: SearchParameter, rows: number): string {
  if (parameter.type === 'reference') {
    const targets = parameter.targets.length === 0 ? ['http://a.example'] : parameter.targets;
    const list = targets.map(quote).join(', ');
    return `(ARRAY[${list}])[i % ${String(targets.length)} + 1] || '/x' || (i * 7) % ${String(rows)} + 1`;
  }
  return hasColumn(parameter) && parameter.type === 'token' ? `'v' || i % 100` : `'v' || i % 2000`;
}
