import { hierarchyOf, type ParameterCriterion } from '#fhir-search';
import { hasColumn, tablesOf } from './layout.js';
import { rowParameter } from './row-parameter.js';
import { columnAt, quote, type Scope, seenBy } from './scope.js';
import { anyOf, textsOf } from './values.js';

/**
 * `partof:below=Location/1`: what points to Location/1 or to what is a part of it, however deep; `:above` what points to it or
 * to what it is a part of. What may not be seen is no step. https://hl7.org/fhir/R4/search.html#modifiers
 */
export function hierarchyCondition({ parameter, modifier, values: sought }: ParameterCriterion, scope: Scope): string {
  const references = textsOf(sought);
  const types = [...new Set(references.map(typeIn))];
  const walks = types.map((type) => {
    const from = references.filter((reference) => typeIn(reference) === type);
    return { walk: walkOf(from, { type, down: modifier === 'below', scope }) };
  });
  if (hasColumn(parameter)) {
    return anyOf(walks.map(({ walk }) => `${columnAt(scope, parameter)} = ANY(${walk})`));
  }
  const matches = anyOf(walks.map(({ walk }) => `r.value = ANY(${walk})`));
  return `EXISTS (SELECT 1 FROM ${tablesOf(scope.type).value} r WHERE r.id = ${scope.alias}.id AND r.parameter = ${quote(rowParameter(parameter, 'reference'))} AND ${matches})`;
}

/** These references and what lies below or above them in the tree of their type, as an array. */
function walkOf(
  references: readonly string[],
  { type, down, scope: { statement } }: { type: string; down: boolean; scope: Scope },
): string {
  const start = `${statement.values.add(references)}::text[]`;
  const parameter = hierarchyOf(type);
  if (!parameter || !statement.holds(type)) return start;
  const scope: Scope = { type, alias: 'h', lastUpdated: 'h.last_updated', statement };
  const prefix = `${type}/`;
  const tables = tablesOf(type);
  const column = hasColumn(parameter) ? columnAt(scope, parameter) : 'l.value';
  const also = hasColumn(parameter) ? [] : [`l.parameter = ${quote(rowParameter(parameter, 'reference'))}`];
  const rows = hasColumn(parameter) ? '' : ` JOIN ${tables.value} l ON l.id = h.id`;
  const length = String(prefix.length);
  const step = down
    ? { next: `${quote(prefix)} || h.id`, where: [`${column} = w.reference`] }
    : {
        next: column,
        where: [
          `left(w.reference, ${length}) = ${quote(prefix)}`,
          `h.id = substr(w.reference, ${length} + 1)`,
          `${column} IS NOT NULL`,
        ],
      };
  const where = [...step.where, ...also, ...seenBy(scope)].join(' AND ');
  return `ARRAY(WITH RECURSIVE walk(reference) AS (
      SELECT unnest(${start}) COLLATE "C"
      UNION SELECT (${step.next}) COLLATE "C" FROM walk w, ${tables.search} h${rows} WHERE ${where})
    SELECT reference FROM walk)`;
}

function typeIn(reference: string): string {
  return reference.split('/')[0] ?? '';
}
