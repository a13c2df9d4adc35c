import { type Issue, operationOutcome } from '#fhir';
import { parseSearch, type SearchQuery } from '#fhir-search';
import type { SearchPage, Stored } from '#fhir-store';
import type { ServedType } from '../faces.js';
import { preferOf } from '../headers.js';
import type { FhirRequest, FhirResponse } from '../operation.js';
import { gatherIncluded } from '../search/gather-included.js';
import { standardSpelling } from '../search/bars-spelling.js';
import { locationDistance } from '../search/location-distance.js';
import { permittedSearch } from '../search/permitted.js';
import { resolvedCriteria } from '../search/resolve-criteria.js';
import { type AskedSearch, askedSearch } from '../search/sealed-criteria.js';
import type { Serving } from '../serving.js';
import { bundleOf, entryOf } from './bundle.js';

/** One page of the resources of a type. https://hl7.org/fhir/R4/search.html */
export async function search(served: ServedType, request: FhirRequest, serving: Serving): Promise<FhirResponse> {
  const { type, face } = served;
  const { baseUrl, limits } = serving;
  const reader = request.caller.audience;
  const { lenient } = preferOf(request.headers);
  const { query: sought, linked } = askedSearch(type, request, serving.cursors);
  const { query: asked, warnings } = parseSearch(type, standardSpelling(type, sought), {
    lenient,
    baseUrl,
    maxCount: limits.pageCount,
  });
  const permitted = permittedSearch(asked, request.caller);
  const asking = { type, store: face.store, reader };
  const query = { ...permitted, criteria: await resolvedCriteria(permitted.criteria, asking, serving) };
  const page = await face.store.search(query, reader);
  const gathering = { store: face.store, reader, resolving: serving, atMost: limits.includes };
  const included = await gatherIncluded({ query, page }, gathering);
  const entries = [
    ...page.matches.map((stored) => entryOf(baseUrl, stored, { search: matchOf(stored, page, query) })),
    ...included.map((stored) => entryOf(baseUrl, stored, { search: { mode: 'include' } })),
    ...(warnings.length === 0 ? [] : [outcomeEntry(warnings)]),
  ];
  const links = linksOf(`${baseUrl}/${type}`, query, { next: page.next, linked });
  return {
    status: 200,
    content: bundleOf({ type: 'searchset', total: page.total, links, form: request.form, entries }),
  };
}

function matchOf({ id }: Stored, { distances }: SearchPage, { applied }: SearchQuery): object {
  const metres = distances?.get(id);
  return { ...(metres === undefined ? {} : { extension: [locationDistance(metres, applied)] }), mode: 'match' };
}

/** A page that was reached by a link tells the way back to the first. */
function linksOf(
  address: string,
  { applied, cursor }: SearchQuery,
  { next, linked }: Pick<AskedSearch, 'linked'> & { next: string | undefined },
): { relation: string; url: string }[] {
  const at = (place: string | undefined): string => {
    const parameters = new URLSearchParams(applied);
    parameters.delete('_cursor');
    if (place !== undefined) parameters.set('_cursor', place);
    return addressed(address, linked(parameters));
  };
  return [
    { relation: 'self', url: addressed(address, applied) },
    ...(cursor === undefined ? [] : [{ relation: 'first', url: at(undefined) }]),
    ...(next === undefined ? [] : [{ relation: 'next', url: at(next) }]),
  ];
}

function addressed(address: string, parameters: URLSearchParams): string {
  const query = parameters.toString();
  return query === '' ? address : `${address}?${query}`;
}

function outcomeEntry(warnings: readonly Issue[]): string {
  return JSON.stringify({ resource: operationOutcome(warnings), search: { mode: 'outcome' } });
}
