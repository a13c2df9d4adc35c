import type { FhirResource } from 'fhir/r4';
import { indexEntriesOf } from './index-entries.js';
import type { Criterion, IndexValue, ParameterCriterion, SearchQuery } from './search.js';
import { isMet, kindSought } from './value-match.js';

/** A chain or `_has` asks for other resources. */
export function isOfOneResource(criterion: Criterion): criterion is ParameterCriterion {
  return 'parameter' in criterion;
}

/** Why a criterion of one resource cannot be answered from that resource alone; nothing where it can. */
export function asksForMore({ parameter: { code, type }, modifier }: ParameterCriterion): string[] {
  if (modifier === 'in' || modifier === 'not-in') return [`':${modifier}' asks for the codes of a value set.`];
  if ((modifier === 'above' || modifier === 'below') && type !== 'uri')
    return [`':${modifier}' asks for more than one resource, where '${code}' is of type ${type}.`];
  return type === 'special' ? [`'${code}' is of type special; criteria may not use it.`] : [];
}

/** Whether this one resource would be found by the search: the same answer that the store gives. */
export function matches({ type, criteria }: Pick<SearchQuery, 'type' | 'criteria'>, resource: FhirResource): boolean {
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
  const { modifier, missing, values } = criterion;
  // An identifier or a text beside it counts, too: something is said.
  if (modifier === 'missing') return (said.length === 0) === missing;
  const sought = kindSought(criterion);
  const own = said.filter(({ type }) => type === sought);
  const found = values.some((wanted) => own.some((value) => isMet(criterion, wanted, value)));
  return modifier === 'not' ? !found : found;
}
