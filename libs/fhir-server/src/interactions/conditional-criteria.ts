import { FhirError } from '#fhir';
import { type Criterion, parseSearch } from '#fhir-search';

/** The criteria of a conditional interaction: always strict, and criteria only. https://hl7.org/fhir/R4/http.html#ccreate */
export interface Criteria {
  criteria: readonly Criterion[];
  /** One text for all that mean the same. */
  normalised: string;
}

export function criteriaOf(type: string, parameters: URLSearchParams): Criteria {
  const { query } = parseSearch(type, parameters, { lenient: false });
  if (query.criteria.length === 0 || query.criteria.length !== parameters.size) {
    throw FhirError.of('value', 'A condition takes search criteria and nothing else, and at least one of them.');
  }
  const said = [...parameters].map(([name, value]) => [name, value.split(',').sort().join(',')] as const);
  const normalised = new URLSearchParams(said.map(([name, value]) => [name, value]));
  normalised.sort();
  return { criteria: query.criteria, normalised: normalised.toString() };
}

/** What If-None-Exist says: `identifier=…`, or the whole `Patient?identifier=…`. */
export function ifNoneExistOf(header: string | undefined, type: string): URLSearchParams | undefined {
  if (header === undefined) return undefined;
  const [address = '', ...query] = header.trim().split('?');
  if (query.length === 0) return new URLSearchParams(address);
  if (address === '' || address === type || address.endsWith(`/${type}`)) return new URLSearchParams(query.join('?'));
  throw FhirError.of('value', `If-None-Exist holds the criteria of a search for ${type}, such as identifier=….`);
}
