import { FhirError } from '#fhir';
import { type Criterion, normalisedCriteria, parseCriteria } from '#fhir-search';

/** The criteria of a conditional interaction: always strict, and criteria only. https://hl7.org/fhir/R4/http.html#ccreate */
export interface Criteria {
  criteria: readonly Criterion[];
  /** One text for all that mean the same. */
  normalised: string;
}

export function criteriaOf(type: string, parameters: URLSearchParams, { baseUrl }: { baseUrl: string }): Criteria {
  const criteria = parseCriteria(type, parameters, { baseUrl });
  return { criteria, normalised: normalisedCriteria(type, criteria, baseUrl) };
}

/** What If-None-Exist says: `identifier=…`, or the whole `Patient?identifier=…`. */
export function ifNoneExistOf(header: string | undefined, type: string): URLSearchParams | undefined {
  if (header === undefined) return undefined;
  const [address = '', ...query] = header.trim().split('?');
  if (query.length === 0) return new URLSearchParams(address);
  if (address === '' || address === type || address.endsWith(`/${type}`)) return new URLSearchParams(query.join('?'));
  throw FhirError.of('value', `If-None-Exist holds the criteria of a search for ${type}, such as identifier=….`);
}
