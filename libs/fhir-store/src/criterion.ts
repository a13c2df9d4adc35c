import type { Criterion, ParameterCriterion, SearchParameter, SearchValue } from '#fhir-search';
import { chainCondition, reverseCondition } from './chain-condition.js';
import { hierarchyCondition } from './hierarchy-condition.js';
import { intervalMatch } from './interval-match.js';
import { hasColumn } from './layout.js';
import { compositeCondition, rowsCondition, rowsOf, uriMatch } from './row-condition.js';
import { partParameter, rowParameter } from './row-parameter.js';
import { columnAt, type Scope } from './scope.js';
import { anyOf, equalTo, textsOf } from './values.js';

/** One criterion as a condition on the search table of the scope. */
export function conditionOf(criterion: Criterion, scope: Scope): string {
  if ('chain' in criterion) return chainCondition(criterion, scope, conditionOf);
  if ('has' in criterion) return reverseCondition(criterion, scope, conditionOf);
  if (criterion.modifier === 'missing') return missingCondition(criterion, scope);
  const negated = criterion.modifier === 'not' || criterion.modifier === 'not-in';
  const condition = positive(criterion, scope);
  // A column without a value is not equal to one: neither true nor false, so not true.
  return negated ? `(${condition}) IS NOT TRUE` : condition;
}

function positive(criterion: ParameterCriterion, scope: Scope): string {
  const { parameter, modifier, values: sought } = criterion;
  const { values } = scope.statement;
  if (parameter.code === '_id') return `${scope.alias}.id = ANY(${values.add(textsOf(sought))}::text[])`;
  if (parameter.code === '_lastUpdated') return lastUpdatedCondition(sought, scope);
  if (parameter.type === 'composite') return compositeCondition(criterion, scope);
  if (parameter.type === 'reference' && (modifier === 'above' || modifier === 'below'))
    return hierarchyCondition(criterion, scope);
  const inColumn = sought.every(({ type }) => rowParameter(parameter, type) === parameter.code);
  if (hasColumn(parameter) && inColumn && modifier !== 'text') return columnCondition(criterion, scope);
  return rowsCondition(criterion, scope);
}

function columnCondition({ parameter, modifier, values: sought }: ParameterCriterion, scope: Scope): string {
  const { values } = scope.statement;
  switch (parameter.type) {
    case 'date': {
      const columns = { from: columnAt(scope, parameter, 'low'), to: columnAt(scope, parameter, 'high') };
      return anyOf(sought.map((value) => intervalMatch(value, values, { ...columns, sqlType: 'timestamptz' })));
    }
    case 'token':
      return tokenColumnCondition(parameter, sought, scope);
    case 'uri':
      return anyOf(sought.map((value) => uriMatch(columnAt(scope, parameter), { value, modifier, values })));
    default:
      return equalTo(columnAt(scope, parameter), textsOf(sought), values);
  }
}

/** The binding fixes the system of a bare code: another system can hold nothing. */
function tokenColumnCondition(parameter: SearchParameter, sought: readonly SearchValue[], scope: Scope): string {
  const column = columnAt(scope, parameter);
  const tokens = sought
    .filter((value) => value.type === 'token')
    .filter((value) => systemFits(parameter, value.system));
  const codes = tokens.map(({ value }) => value).filter((code) => code !== undefined);
  const wholeSystem = tokens.some(({ value }) => value === undefined);
  return anyOf([
    ...(wholeSystem ? [`${column} IS NOT NULL`] : []),
    ...(codes.length > 0 ? [equalTo(column, codes, scope.statement.values)] : []),
  ]);
}

function systemFits({ system: bound }: SearchParameter, system: string | undefined): boolean {
  return system === undefined || system === '' || bound === undefined || system === bound;
}

/** A reference by identifier alone is there too. */
function missingCondition({ parameter, missing }: ParameterCriterion, scope: Scope): string {
  if (parameter.code === '_id' || parameter.code === '_lastUpdated') return missing === true ? 'false' : 'true';
  const present = anyOf(presence(parameter, scope));
  return missing === true ? `NOT ${present}` : present;
}

function presence(parameter: SearchParameter, scope: Scope): string[] {
  const { components = [], type } = parameter;
  // An element lacks none of its parts: the first tells of all.
  const [part] = components;
  if (part) return [rowsOf(scope, { parameter: partParameter(parameter, 0), kind: part.type })];
  const also = type === 'reference' ? (['token', 'text'] as const) : (['text'] as const);
  const hasMore = type === 'reference' || (type === 'token' && !hasColumn(parameter));
  return [
    hasColumn(parameter)
      ? `${columnAt(scope, parameter, type === 'date' ? 'low' : undefined)} IS NOT NULL`
      : rowsOf(scope, { parameter: parameter.code, kind: type }),
    // A reference may be an identifier or a text alone, a concept a text without a code.
    ...(hasMore ? also.map((kind) => rowsOf(scope, { parameter: rowParameter(parameter, kind), kind })) : []),
  ];
}

/** A change is known to the millisecond; its interval's end is moved to the other side, for the index is on the beginning. */
function lastUpdatedCondition(sought: readonly SearchValue[], { statement: { values }, lastUpdated }: Scope): string {
  const columns = { from: lastUpdated, to: lastUpdated, length: 1, sqlType: 'timestamptz' as const };
  return anyOf(sought.map((value) => intervalMatch(value, values, columns)));
}
