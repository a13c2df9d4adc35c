import type { Criterion, SearchParameter, SearchValue } from '#fhir-search';
import { columnName, hasColumn, tablesOf } from './layout.js';
import { identifierParameter } from './search-row.js';
import type { Values } from './search-statement.js';

/** One criterion as a condition on the search table `s`. */
export function conditionOf(type: string, criterion: Criterion, values: Values): string {
  const { parameter, modifier } = criterion;
  if (modifier === 'missing') return missingCondition(type, criterion);
  const any = criterion.values.map((value) => `(${valueCondition(type, criterion, { value, values })})`).join(' OR ');
  if (modifier === 'not') return `NOT coalesce((${any}), false)`;
  return parameter.code === '_id' || criterion.values.length === 1 ? any : `(${any})`;
}

interface Compared {
  value: SearchValue;
  values: Values;
}

function valueCondition(type: string, criterion: Criterion, { value, values }: Compared): string {
  const { parameter } = criterion;
  if (parameter.code === '_id') return `s.id = ${values.add('value' in value ? (value.value ?? '') : '')}`;
  if (value.type === 'date') return dateCondition(type, parameter, { value, values });
  if (value.type === 'number') return numberCondition(type, parameter, { value, values });
  const identifier = parameter.type === 'reference' && value.type === 'token';
  if (hasColumn(parameter) && !identifier) return columnCondition(parameter, value, values);
  const code = identifier ? identifierParameter(parameter.code) : parameter.code;
  const match = rowMatch(criterion, value, values);
  return `EXISTS (SELECT 1 FROM ${tablesOf(type).value} v WHERE v.id = s.id AND v.parameter = ${values.add(code)} AND ${match})`;
}

function columnCondition(
  parameter: SearchParameter,
  value: Exclude<SearchValue, { type: 'date' | 'number' }>,
  values: Values,
): string {
  const column = `s."${columnName(parameter)}"`;
  if (value.type !== 'token') return `${column} = ${values.add(value.value)}`;
  // The binding fixes the system of a bare code: another system can hold nothing.
  const systemFits =
    value.system === undefined || value.system === '' || value.system === (parameter.system ?? value.system);
  if (!systemFits) return 'false';
  return value.value === undefined ? `${column} IS NOT NULL` : `${column} = ${values.add(value.value)}`;
}

function rowMatch(
  { modifier }: Criterion,
  value: Exclude<SearchValue, { type: 'date' | 'number' }>,
  values: Values,
): string {
  if (value.type === 'string') {
    if (modifier === 'exact') return `v.value = ${values.add(value.value)}`;
    if (modifier === 'contains') return `position(${values.add(value.value)} IN v.value) > 0`;
    // Half-open range instead of LIKE: an index condition that a prepared plan keeps.
    const from = values.add(value.value);
    return `v.value >= ${from} AND v.value < ${from} || chr(1114111)`;
  }
  if (value.type !== 'token') return `v.value = ${values.add(value.value)}`;
  const parts = [
    ...(value.value === undefined ? [] : [`v.value = ${values.add(value.value)}`]),
    ...(value.system === undefined
      ? []
      : [value.system === '' ? 'v.system IS NULL' : `v.system = ${values.add(value.system)}`]),
  ];
  return parts.join(' AND ') || 'true';
}

function missingCondition(type: string, { parameter, missing }: Criterion): string {
  const { value } = tablesOf(type);
  if (parameter.code === '_id' || parameter.code === '_lastUpdated') return missing === true ? 'false' : 'true';
  if (hasColumn(parameter)) {
    const column = columnName(parameter, parameter.type === 'date' ? 'low' : undefined);
    return `s."${column}" IS ${missing === true ? '' : 'NOT '}NULL`;
  }
  const table =
    { date: 'date_value', number: 'number_value', quantity: 'number_value' }[parameter.type as string] ?? value;
  const own = table === value ? '' : `v.type = '${type}' AND `;
  // Codes come from definitions, never from the caller.
  const rows = `EXISTS (SELECT 1 FROM ${table} v WHERE ${own}v.id = s.id AND v.parameter = '${parameter.code}')`;
  return missing === true ? `NOT ${rows}` : rows;
}

/** https://hl7.org/fhir/R4/search.html#prefix: the resource's interval [low, high) against the value's. */
function dateCondition(type: string, parameter: SearchParameter, { value, values }: Compared): string {
  if (value.type !== 'date') return 'false';
  const [low, high] = [values.add(value.low), values.add(value.high)].map((place) => `${place}::timestamptz`) as [
    string,
    string,
  ];
  if (parameter.code === '_lastUpdated') {
    return interval(value.prefix, {
      from: 's.last_updated',
      to: "s.last_updated + interval '1 millisecond'",
      low,
      high,
    });
  }
  if (hasColumn(parameter)) {
    const [from, to] = [`s."${columnName(parameter, 'low')}"`, `s."${columnName(parameter, 'high')}"`];
    return interval(value.prefix, { from, to, low, high });
  }
  const match = interval(value.prefix, { from: 'v.low', to: 'v.high', low, high });
  return `EXISTS (SELECT 1 FROM date_value v WHERE v.type = '${type}' AND v.id = s.id
    AND v.parameter = '${parameter.code}' AND ${match})`;
}

function numberCondition(type: string, parameter: SearchParameter, { value, values }: Compared): string {
  if (value.type !== 'number') return 'false';
  const [low, high] = [values.add(value.low), values.add(value.high)].map((place) => `${place}::float8`) as [
    string,
    string,
  ];
  const match = interval(value.prefix, { from: 'v.low', to: 'v.high', low, high });
  const unit = [
    ...(value.system === undefined ? [] : [` AND v.system = ${values.add(value.system)}`]),
    ...(value.unit === undefined ? [] : [` AND v.unit = ${values.add(value.unit)}`]),
  ].join('');
  return `EXISTS (SELECT 1 FROM number_value v WHERE v.type = '${type}' AND v.id = s.id
    AND v.parameter = '${parameter.code}' AND ${match}${unit})`;
}

interface Interval {
  from: string;
  to: string;
  low: string;
  high: string;
}

function interval(prefix: string, { from, to, low, high }: Interval): string {
  switch (prefix) {
    case 'eq':
      return `${from} >= ${low} AND ${to} <= ${high}`;
    case 'ne':
      return `NOT (${from} >= ${low} AND ${to} <= ${high})`;
    case 'gt':
      return `${to} > ${high}`;
    case 'lt':
      return `${from} < ${low}`;
    case 'ge':
      return `(${to} > ${high} OR (${from} >= ${low} AND ${to} <= ${high}))`;
    case 'le':
      return `(${from} < ${low} OR (${from} >= ${low} AND ${to} <= ${high}))`;
    case 'sa':
      return `${from} >= ${high}`;
    case 'eb':
      return `${to} <= ${low}`;
    default:
      return `${from} < ${high} AND ${to} > ${low}`;
  }
}
