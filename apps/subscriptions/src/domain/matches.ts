import type { FhirResource } from 'fhir/r4';
import {
  indexEntriesOf,
  type IndexValue,
  type ParameterCriterion,
  type SearchQuery,
  type SearchValue,
} from '#fhir-search';
import { isOfOneResource } from './criteria.js';

/** Whether this one resource would be found by the search: the same answer that the store gives. */
export function matches({ type, criteria }: SearchQuery, resource: FhirResource): boolean {
  if (resource.resourceType !== type) return false;
  const values = valuesByCode(resource);
  return criteria.every(
    (criterion) => isOfOneResource(criterion) && satisfies(criterion, values.get(criterion.parameter.code) ?? []),
  );
}

function valuesByCode(resource: FhirResource): Map<string, readonly IndexValue[]> {
  const { id, meta } = resource;
  const values = new Map(indexEntriesOf(resource).map((entry) => [entry.parameter.code, entry.values]));
  if (id !== undefined) values.set('_id', [{ type: 'token', value: id }]);
  const committed = Date.parse(meta?.lastUpdated ?? '');
  if (!Number.isNaN(committed)) {
    values.set('_lastUpdated', [{ type: 'date', low: new Date(committed), high: new Date(committed + 1) }]);
  }
  return values;
}

function satisfies(criterion: ParameterCriterion, said: readonly IndexValue[]): boolean {
  const { parameter, modifier } = criterion;
  // Beside a reference its identifier is indexed as a token, for :identifier alone.
  const own = said.filter(({ type }) => type === (modifier === 'identifier' ? 'token' : parameter.type));
  if (modifier === 'missing') return (own.length === 0) === criterion.missing;
  const found = criterion.values.some((wanted) => own.some((value) => equals(criterion, wanted, value)));
  return modifier === 'not' ? !found : found;
}

function equals({ parameter, modifier }: ParameterCriterion, wanted: SearchValue, value: IndexValue): boolean {
  if (wanted.type === 'token') return value.type === 'token' && tokenEquals(wanted, value, parameter.single);
  if (wanted.type === 'string') return value.type === 'string' && stringEquals(modifier, wanted, value);
  if (wanted.type === 'date') return value.type === 'date' && dateEquals(wanted, value);
  if (wanted.type === 'number') return false;
  return 'value' in wanted && 'value' in value && wanted.type === value.type && wanted.value === value.value;
}

type Of<V, Type> = Extract<V, { type: Type }>;

function tokenEquals(wanted: Of<SearchValue, 'token'>, value: Of<IndexValue, 'token'>, isCode: boolean): boolean {
  // A code whose binding fixes the system says none itself.
  const noSystem = value.system === undefined || isCode;
  const systemFits =
    wanted.system === undefined || (wanted.system === '' ? noSystem : (value.system ?? '') === wanted.system);
  return systemFits && (wanted.value === undefined || wanted.value === value.value);
}

function stringEquals(
  modifier: ParameterCriterion['modifier'],
  wanted: Of<SearchValue, 'string'>,
  value: Of<IndexValue, 'string'>,
): boolean {
  if (modifier === 'exact') return value.exact === wanted.exact;
  return modifier === 'contains' ? value.value.includes(wanted.value) : value.value.startsWith(wanted.value);
}

/** https://hl7.org/fhir/R4/search.html#prefix: the resource's interval from–to against the wanted one. */
function dateEquals({ prefix, low, high }: Of<SearchValue, 'date'>, { low: from, high: to }: Of<IndexValue, 'date'>) {
  const within = from >= low && to <= high;
  const answers: Record<typeof prefix, boolean> = {
    eq: within,
    ne: !within,
    gt: to > high,
    lt: from < low,
    ge: to > high || within,
    le: from < low || within,
    sa: from >= high,
    eb: to <= low,
    ap: from < high && to > low,
  };
  return answers[prefix];
}
