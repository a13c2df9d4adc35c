import type { FhirResource } from 'fhir/r4';
import { indexEntriesOf, type IndexValue, type ParameterCriterion, type SearchQuery } from '#fhir-search';
import { isOfOneResource } from './criteria.js';
import { isMet, kindSought } from './value-match.js';

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
  const { modifier, missing, values } = criterion;
  // An identifier or a text beside it counts, too: something is said.
  if (modifier === 'missing') return (said.length === 0) === missing;
  const sought = kindSought(criterion);
  const own = said.filter(({ type }) => type === sought);
  const found = values.some((wanted) => own.some((value) => isMet(criterion, wanted, value)));
  return modifier === 'not' ? !found : found;
}
