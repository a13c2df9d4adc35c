import type { Criterion, SearchParameter, SearchValue } from '#fhir-search';
import { intervalMatch } from './interval-match.js';
import { columnName, hasColumn, patientBehind, tablesOf } from './layout.js';
import { identifierParameter } from './search-row.js';
import { anyOf, type Values } from './values.js';

/** Where a criterion is looked for. */
export interface CriterionPlace {
  type: string;
  values: Values;
  /** The column that holds the time of the last change: the search table's, or the audience's where it drives. */
  lastUpdated: string;
}

/** One criterion as a condition on the search table `s`. */
export function conditionOf(criterion: Criterion, place: CriterionPlace): string {
  const { parameter, modifier } = criterion;
  if (modifier === 'missing') return missingCondition(criterion, place);
  const negated = modifier === 'not';
  if (parameter.code === '_id')
    return negate(`s.id = ANY(${place.values.add(texts(criterion.values))}::text[])`, negated);
  if (parameter.code === '_lastUpdated') return lastUpdatedCondition(criterion, place);
  if (hasColumn(parameter) && modifier !== 'identifier') return negate(columnCondition(criterion, place), negated);
  return `${negated ? 'NOT ' : ''}${rowsCondition(criterion, place)}`;
}

/** A column without a value is not equal to one: neither true nor false, so not true. */
function negate(condition: string, negated: boolean): string {
  return negated ? `(${condition}) IS NOT TRUE` : condition;
}

function columnCondition({ parameter, values: sought }: Criterion, { type, values }: CriterionPlace): string {
  switch (parameter.type) {
    case 'date':
      return anyOf(
        sought.map((value) =>
          intervalMatch(value, values, {
            from: column(parameter, 'low'),
            to: column(parameter, 'high'),
            sqlType: 'timestamptz',
          }),
        ),
      );
    case 'token':
      return tokenColumnCondition(parameter, sought, values);
    default:
      return referenceColumnCondition(type, parameter, { sought, values });
  }
}

/** The binding fixes the system of a bare code: another system can hold nothing. */
function tokenColumnCondition(parameter: SearchParameter, sought: readonly SearchValue[], values: Values): string {
  const tokens = sought
    .filter((value) => value.type === 'token')
    .filter((value) => systemFits(parameter, value.system));
  const codes = tokens.map(({ value }) => value).filter((code) => code !== undefined);
  const wholeSystem = tokens.some(({ value }) => value === undefined);
  return anyOf([
    ...(wholeSystem ? [`${column(parameter)} IS NOT NULL`] : []),
    ...(codes.length > 0 ? [equal(column(parameter), codes, values)] : []),
  ]);
}

function systemFits({ system: bound }: SearchParameter, system: string | undefined): boolean {
  return system === undefined || system === '' || bound === undefined || system === bound;
}

function referenceColumnCondition(
  type: string,
  parameter: SearchParameter,
  { sought, values }: { sought: readonly SearchValue[]; values: Values },
): string {
  const references = texts(sought);
  const patient = patientBehind(type, parameter);
  const ofPatients = patient ? references.filter((reference) => reference.startsWith('Patient/')) : [];
  const others = references.filter((reference) => !ofPatients.includes(reference));
  return anyOf([
    ...(patient && ofPatients.length > 0 ? [equal(column(patient), ofPatients, values)] : []),
    ...(others.length > 0 ? [equal(column(parameter), others, values)] : []),
  ]);
}

/** All values within one EXISTS: several of them joined by OR would be looked at row by row. */
function rowsCondition(criterion: Criterion, place: CriterionPlace): string {
  const { parameter, modifier, values: sought } = criterion;
  const code = modifier === 'identifier' ? identifierParameter(parameter.code) : parameter.code;
  const match = anyOf(sought.map((value) => rowMatch(criterion, value, place.values)));
  return existsRow(place.type, { parameter, code, match: ` AND ${match}` });
}

function rowMatch({ modifier }: Criterion, value: SearchValue, values: Values): string {
  switch (value.type) {
    case 'date':
      return intervalMatch(value, values, { from: 'v.low', to: 'v.high', sqlType: 'timestamptz' });
    case 'number': {
      const match = intervalMatch(value, values, { from: 'v.low', to: 'v.high', sqlType: 'float8' });
      return [match, ...optional('v.system', value.system, values), ...optional('v.unit', value.unit, values)].join(
        ' AND ',
      );
    }
    case 'string':
      return stringMatch(modifier, value, values);
    case 'token': {
      const system = value.system === '' ? ['v.system IS NULL'] : optional('v.system', value.system, values);
      return [...optional('v.value', value.value, values), ...system].join(' AND ') || 'true';
    }
    default:
      return `v.value = ${values.add(value.value)}`;
  }
}

function stringMatch(
  modifier: Criterion['modifier'],
  { value, exact }: SearchValue & { type: 'string' },
  values: Values,
): string {
  const sought = values.add(value);
  // The index knows the normalised text only.
  if (modifier === 'exact') return `v.value = ${sought} AND coalesce(v.exact, v.value) = ${values.add(exact ?? value)}`;
  if (modifier === 'contains') return `position(${sought} IN v.value) > 0`;
  // Half-open range instead of LIKE: an index condition that a prepared plan keeps.
  return `v.value >= ${sought} AND v.value < ${sought} || chr(1114111)`;
}

/** A reference by identifier alone is there too. */
function missingCondition({ parameter, missing }: Criterion, { type }: CriterionPlace): string {
  if (parameter.code === '_id' || parameter.code === '_lastUpdated') return missing === true ? 'false' : 'true';
  const codes =
    parameter.type === 'reference' ? [parameter.code, identifierParameter(parameter.code)] : [parameter.code];
  const inRows = hasColumn(parameter) ? codes.slice(1) : codes;
  const present = anyOf([
    ...(hasColumn(parameter)
      ? [`${column(parameter, parameter.type === 'date' ? 'low' : undefined)} IS NOT NULL`]
      : []),
    ...inRows.map((code) => existsRow(type, { parameter, code, match: '' })),
  ]);
  return missing === true ? `NOT ${present}` : present;
}

/** Codes come from definitions, never from the caller. */
function existsRow(
  type: string,
  { parameter, code, match }: { parameter: SearchParameter; code: string; match: string },
): string {
  const shared = { date: 'date_value', number: 'number_value', quantity: 'number_value' } as Record<string, string>;
  const table = shared[parameter.type];
  const own = table === undefined ? '' : `v.type = '${type}' AND `;
  return `EXISTS (SELECT 1 FROM ${table ?? tablesOf(type).value} v WHERE ${own}v.id = s.id AND v.parameter = '${code}'${match})`;
}

/** A change is known to the millisecond; its interval's end is moved to the other side, for the index is on the beginning. */
function lastUpdatedCondition({ values: sought }: Criterion, { values, lastUpdated }: CriterionPlace): string {
  return anyOf(
    sought.map((value) =>
      intervalMatch(value, values, { from: lastUpdated, to: lastUpdated, length: 1, sqlType: 'timestamptz' }),
    ),
  );
}

function equal(place: string, wanted: readonly string[], values: Values): string {
  const [only, ...others] = wanted;
  return others.length === 0 ? `${place} = ${values.add(only)}` : `${place} = ANY(${values.add(wanted)}::text[])`;
}

function optional(place: string, wanted: string | undefined, values: Values): string[] {
  return wanted === undefined ? [] : [`${place} = ${values.add(wanted)}`];
}

function texts(sought: readonly SearchValue[]): string[] {
  return sought.flatMap((value) => ('value' in value ? [value.value] : []));
}

function column(parameter: SearchParameter, bound?: 'low' | 'high'): string {
  return `s."${columnName(parameter, bound)}"`;
}
