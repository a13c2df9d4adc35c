import type { ParameterCriterion, SearchModifier, SearchParameterType, SearchValue } from '#fhir-search';
import { intervalMatch } from './interval-match.js';
import { tablesOf } from './layout.js';
import { nearMatch } from './near.js';
import { cut, partParameter, rowParameter, rowTable } from './row-parameter.js';
import { quote, type Scope, unresolved } from './scope.js';
import { anyOf, beginsWith, equalTo, type Values } from './values.js';

type Kind = SearchValue['type'] | SearchParameterType;

/** All values within one EXISTS: several of them joined by OR would be looked at row by row. */
export function rowsCondition({ parameter, modifier, values: sought }: ParameterCriterion, scope: Scope): string {
  const [first] = sought;
  if (!first) return 'false';
  const at = { row: 'v', values: scope.statement.values };
  const { systems, others } = bySystem(sought);
  const match = anyOf([
    ...[...systems].map(
      ([system, codes]) => `${equalTo('v.value', codes, at.values)} AND v.system = ${at.values.add(system)}`,
    ),
    ...others.map((value) => rowMatch(value, modifier, at)),
  ]);
  const kind = parameter.type === 'quantity' || first.type === 'number' ? 'number' : first.type;
  return rowsOf(scope, { parameter: rowParameter(parameter, first.type), kind, match });
}

/** Codes by their system: a value set may bring thousands of them, and each condition of its own costs the planner time. */
function bySystem(sought: readonly SearchValue[]): { systems: Map<string, string[]>; others: SearchValue[] } {
  const systems = new Map<string, string[]>();
  const others = sought.filter((value) => {
    if (value.type !== 'token' || value.value === undefined || (value.system ?? '') === '') return true;
    const { system = '', value: code } = value;
    const codes = systems.get(system) ?? [];
    codes.push(code);
    systems.set(system, codes);
    return false;
  });
  return { systems, others };
}

/** True where such a row is there. */
export function rowsOf(scope: Scope, row: { parameter: string; kind: Kind; match?: string }): string {
  const { parameter, kind, match } = row;
  const also = match === undefined ? '' : ` AND ${match}`;
  return `EXISTS (SELECT 1 FROM ${tableOf(scope.type, kind)} v WHERE ${ownOf(scope.type, kind, 'v')}v.id = ${scope.alias}.id AND v.parameter = ${quote(parameter)}${also})`;
}

/** All parts within one element. Several values are one list of ids, which can be found before it is compared. */
export function compositeCondition({ parameter, values: sought }: ParameterCriterion, scope: Scope): string {
  const queries = sought.flatMap((value) =>
    value.type === 'composite' ? [(of: string) => elementsWith(of, value.parts)] : [],
  );
  const [only, ...others] = queries;
  if (!only) return 'false';
  if (others.length === 0) return `EXISTS (SELECT 1 ${only(`e0.id = ${scope.alias}.id AND `)})`;
  return `${scope.alias}.id IN (${queries.map((query) => `SELECT e0.id ${query('')}`).join(' UNION ALL ')})`;

  function elementsWith(of: string, parts: readonly SearchValue[]): string {
    const rows = parts.map((part, at) => {
      const row = `e${String(at)}`;
      const table = tableOf(scope.type, part.type);
      const same = at === 0 ? '' : ` ON ${row}.id = e0.id AND ${row}.element = e0.element`;
      const match = rowMatch(part, undefined, { row, values: scope.statement.values });
      return {
        from: `${table} ${row}${same}`,
        where: `${ownOf(scope.type, part.type, row)}${row}.parameter = ${quote(partParameter(parameter, at))} AND ${match}`,
      };
    });
    return `FROM ${rows.map(({ from }) => from).join(' JOIN ')} WHERE ${of}${rows.map(({ where }) => where).join(' AND ')}`;
  }
}

/** The value table is the type's own; the others are shared by all types. */
export function tableOf(type: string, kind: Kind): string {
  const table = rowTable(kind);
  return table === 'value' ? tablesOf(type).value : table;
}

/** What tells the rows of this type from others' in a table that types share. */
export function ownOf(type: string, kind: Kind, row: string): string {
  return rowTable(kind) === 'value' ? '' : `${row}.type = ${quote(type)} AND `;
}

interface Row {
  /** The row's alias. */
  row: string;
  modifier: SearchModifier | undefined;
  values: Values;
}

function rowMatch(value: SearchValue, modifier: SearchModifier | undefined, row: Omit<Row, 'modifier'>): string {
  const match = matches[value.type] as (value: SearchValue, row: Row) => string;
  return match(value, { ...row, modifier });
}

type Match<Type extends SearchValue['type']> = (value: Extract<SearchValue, { type: Type }>, row: Row) => string;

const matches: { [Type in SearchValue['type']]: Match<Type> } = {
  date: (value, { row, values }) =>
    intervalMatch(value, values, { from: `${row}.low`, to: `${row}.high`, sqlType: 'timestamptz' }),
  number: (value, at) => {
    const { row, values } = at;
    const match = intervalMatch(value, values, { from: `${row}.low`, to: `${row}.high`, sqlType: 'float8' });
    return [match, ...ofSystem(value.system, at), ...same('unit', value.unit, at)].join(' AND ');
  },
  string: stringMatch,
  token: (value, at) => [...same('value', value.value, at), ...ofSystem(value.system, at)].join(' AND ') || 'true',
  uri: (value, { row, modifier, values }) => uriMatch(`${row}.value`, { value, modifier, values }),
  text: ({ value }, { row, values }) => beginsWith(`${row}.value`, values.add(cut(value))),
  typedIdentifier: ({ system, code, value }, at) =>
    [...same('value', value, at), ...same('exact', code, at), ...ofSystem(system, at)].join(' AND '),
  near: (value, { row, values }) => nearMatch(value, `${row}.place`, values),
  reference: ({ value }, { row, values }) => `${row}.value = ${values.add(value)}`,
  valueSet: () => {
    throw unresolved('a value set');
  },
  composite: () => {
    throw new Error('A part of a composite is no composite.');
  },
};

function same(column: string, wanted: string | undefined, { row, values }: Row): string[] {
  return wanted === undefined ? [] : [`${row}.${column} = ${values.add(wanted)}`];
}

function ofSystem(system: string | undefined, at: Row): string[] {
  return system === '' ? [`${at.row}.system IS NULL`] : same('system', system, at);
}

function stringMatch(
  { value, exact }: Extract<SearchValue, { type: 'string' }>,
  { row, modifier, values }: Row,
): string {
  const sought = values.add(value);
  // The index knows the normalised text only.
  if (modifier === 'exact')
    return `${row}.value = ${sought} AND coalesce(${row}.exact, ${row}.value) = ${values.add(exact ?? value)}`;
  if (modifier === 'contains') return `position(${sought} IN ${row}.value) > 0`;
  return beginsWith(`${row}.value`, sought);
}

/** `:below` is what begins so; `:above` is each beginning of what is sought, which is a list. */
export function uriMatch(
  place: string,
  { value, modifier, values }: { value: SearchValue; modifier: SearchModifier | undefined; values: Values },
): string {
  if (value.type !== 'uri') return 'false';
  if (modifier === 'below') return beginsWith(place, values.add(value.value));
  if (modifier !== 'above') return `${place} = ${values.add(value.value)}`;
  const letters = Array.from(value.value);
  const beginnings = letters.map((_, at) => letters.slice(0, at + 1).join(''));
  return `${place} = ANY(${values.add(beginnings)}::text[])`;
}
