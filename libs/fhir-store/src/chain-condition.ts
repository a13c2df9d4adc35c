import type { ChainCriterion, Criterion, ReverseCriterion, SearchParameter } from '#fhir-search';
import { hasColumn, tablesOf } from './layout.js';
import { rowParameter } from './row-parameter.js';
import { columnAt, quote, scopeBehind, type Scope, seenBy, unresolved } from './scope.js';
import { anyOf, textsOf } from './values.js';

type ConditionOf = (criterion: Criterion, scope: Scope) => string;

/**
 * A reference that leads to what meets a criterion and may be seen. What few resources meet is found first, and what points
 * to it by index; what many meet is looked up for each resource that the rest of the search finds (OFFSET 0: PostgreSQL
 * would rather join whole tables).
 */
export function chainCondition(
  { chain: { parameter, targets } }: ChainCriterion,
  scope: Scope,
  conditionOf: ConditionOf,
): string {
  const behind = targets.map((target) => targetOf(target, scope, conditionOf));
  if (hasColumn(parameter)) {
    return anyOf(
      behind.map((target) => {
        const column = columnAt(scope, parameter);
        return target.found === undefined ? target.exists(column) : `${column} = ANY(${target.found})`;
      }),
    );
  }
  const matches = behind.map(({ found, exists }) =>
    found === undefined ? exists('r.value') : `r.value = ANY(${found})`,
  );
  return `EXISTS (SELECT 1 FROM ${tablesOf(scope.type).value} r WHERE r.id = ${scope.alias}.id AND ${pointing(parameter)} AND ${anyOf(matches)})`;
}

/** What a resource of another type, which meets a criterion and may be seen, points to. */
export function reverseCondition(
  { has: { type, parameter, criterion } }: ReverseCriterion,
  scope: Scope,
  conditionOf: ConditionOf,
): string {
  if (!scope.statement.holds(type)) throw unresolved(`resources of type ${type} of another service`);
  const from = scopeBehind(scope, type);
  const met = [conditionOf(criterion, from), ...seenBy(from)].join(' AND ');
  const table = `${tablesOf(type).search} ${from.alias}`;
  const prefix = `${scope.type}/`;
  const column = hasColumn(parameter) ? columnAt(from, parameter) : 'r.value';
  const also = hasColumn(parameter) ? [] : [pointing(parameter)];
  const source = hasColumn(parameter) ? table : `${tablesOf(type).value} r JOIN ${table} ON ${from.alias}.id = r.id`;
  if (isFew(criterion)) {
    const start = String(prefix.length);
    const ids = `SELECT substr(${column}, ${start} + 1) FROM ${source} WHERE ${[`left(${column}, ${start}) = ${quote(prefix)}`, ...also, met].join(' AND ')}`;
    return `${scope.alias}.id = ANY(ARRAY(${ids}))`;
  }
  return `EXISTS (SELECT 1 FROM ${source} WHERE ${[`${column} = ${quote(prefix)} || ${scope.alias}.id`, ...also, met].join(' AND ')} OFFSET 0)`;
}

interface Target {
  type: string;
  /** An array of references, where it is found first. */
  found?: string;
  /** Whether the reference in this column leads to one. */
  exists: (column: string) => string;
}

function targetOf(
  { type, criterion }: ChainCriterion['chain']['targets'][number],
  scope: Scope,
  conditionOf: ConditionOf,
): Target {
  const prefix = `${type}/`;
  if (!scope.statement.holds(type)) {
    const references = idsIn(type, criterion).map((id) => `${prefix}${id}`);
    return { type, found: `${scope.statement.values.add(references)}::text[]`, exists: () => 'false' };
  }
  const to = scopeBehind(scope, type);
  const met = [conditionOf(criterion, to), ...seenBy(to)].join(' AND ');
  const from = `${tablesOf(type).search} ${to.alias}`;
  const start = String(prefix.length);
  const exists = (column: string): string =>
    `EXISTS (SELECT 1 FROM ${from} WHERE ${to.alias}.id = substr(${column}, ${start} + 1) AND left(${column}, ${start}) = ${quote(prefix)} AND ${met} OFFSET 0)`;
  const found = `ARRAY(SELECT ${quote(prefix)} || ${to.alias}.id FROM ${from} WHERE ${met})`;
  return isFew(criterion) ? { type, exists, found } : { type, exists };
}

/** What another service owns was found by it: the criterion names the ids. */
function idsIn(type: string, criterion: Criterion): string[] {
  if ('parameter' in criterion && criterion.parameter.code === '_id') return textsOf(criterion.values);
  throw unresolved(`resources of type ${type} of another service`);
}

function pointing(parameter: SearchParameter): string {
  return `r.parameter = ${quote(rowParameter(parameter, 'reference'))}`;
}

/** Whether few resources are expected to meet it: an identifier, a name, a reference; not a status or whether one is active. */
function isFew(criterion: Criterion): boolean {
  if ('chain' in criterion) return criterion.chain.targets.every((target) => isFew(target.criterion));
  if ('has' in criterion) return isFew(criterion.has.criterion);
  const { parameter, modifier } = criterion;
  if (modifier !== undefined && ['missing', 'not', 'not-in', 'contains'].includes(modifier)) return false;
  return (
    parameter.code !== '_lastUpdated' &&
    !(parameter.type === 'token' && hasColumn(parameter) && parameter.code !== '_id')
  );
}
