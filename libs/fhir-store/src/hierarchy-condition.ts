import type { ParameterCriterion } from '#fhir-search';
import { hasColumn, tablesOf } from './layout.js';
import { quote, referenceColumn, type Scope, seenBy } from './scope.js';
import { textsOf } from './values.js';

/**
 * `partof:below=Location/1`: what points to Location/1 or to what lies below it, by the same parameter; `:above` the other way.
 * What may not be seen is no step. https://hl7.org/fhir/R4/search.html#modifiers
 */
export function hierarchyCondition({ parameter, modifier, values: sought }: ParameterCriterion, scope: Scope): string {
  const { type, statement } = scope;
  const prefix = `${type}/`;
  const start = String(prefix.length);
  const tables = tablesOf(type);
  const steps = { type, alias: 'h', statement };
  const { column, also } = hasColumn(parameter)
    ? referenceColumn({ ...steps, lastUpdated: '' }, parameter, undefined)
    : { column: 'l.value', also: [`l.parameter = ${quote(parameter.code)}`] };
  const rows = hasColumn(parameter) ? '' : ` JOIN ${tables.value} l ON l.id = h.id`;
  const next = { down: `${quote(prefix)} || h.id`, up: column };
  const reached = {
    down: [`${column} = walk.reference`],
    up: [
      `left(walk.reference, ${start}) = ${quote(prefix)}`,
      `h.id = substr(walk.reference, ${start} + 1)`,
      `${column} IS NOT NULL`,
    ],
  };
  const way = modifier === 'below' ? 'down' : 'up';
  const where = [...reached[way], ...also, ...seenBy(steps)].join(' AND ');
  const walk = `WITH RECURSIVE walk(reference) AS (
      SELECT unnest(${statement.values.add(textsOf(sought))}::text[]) COLLATE "C"
      UNION SELECT ${next[way]} FROM walk, ${tables.search} h${rows} WHERE ${where})
    SELECT reference FROM walk`;
  if (!hasColumn(parameter)) {
    return `EXISTS (SELECT 1 FROM ${tables.value} r WHERE r.id = ${scope.alias}.id AND r.parameter = ${quote(parameter.code)} AND r.value = ANY(ARRAY(${walk})))`;
  }
  const own = referenceColumn(scope, parameter, undefined);
  return [`${own.column} = ANY(ARRAY(${walk}))`, ...own.also].join(' AND ');
}
