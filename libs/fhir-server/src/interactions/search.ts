import { isPermitted } from '#auth';
import { type Issue, operationOutcome, sees } from '#fhir';
import { parseSearch } from '#fhir-search';
import type { SearchPage, Stored } from '#fhir-store';
import type { ServedType } from '../faces.js';
import { preferOf } from '../headers.js';
import type { FhirRequest, FhirResponse } from '../operation.js';
import type { Serving } from '../serving.js';
import { bundleOf, entryOf } from './bundle.js';

/** One page of the resources of a type. https://hl7.org/fhir/R4/search.html */
export async function search(served: ServedType, request: FhirRequest, serving: Serving): Promise<FhirResponse> {
  const { type, face } = served;
  const { query, warnings } = parseSearch(type, request.query, preferOf(request.headers));
  const page = await face.store.search(query, request.caller.audience);
  const included = await includedIn(page, request, serving);
  const { baseUrl } = serving;
  const entries = [
    ...page.matches.map((stored) => entryOf(baseUrl, stored, { search: { mode: 'match' } })),
    ...included.map((stored) => entryOf(baseUrl, stored, { search: { mode: 'include' } })),
    ...(warnings.length === 0 ? [] : [outcomeEntry(warnings)]),
  ];
  const links = linksOf(`${baseUrl}/${type}`, query.applied, page.next);
  return { status: 200, content: bundleOf({ type: 'searchset', total: page.total, links, entries }) };
}

/** What comes along with the matches; what another service owns is asked of it. */
async function includedIn(page: SearchPage, { caller }: FhirRequest, serving: Serving): Promise<Stored[]> {
  const reader = caller.audience;
  const across = page.elsewhere.length === 0 ? [] : await serving.resolve(page.elsewhere, reader);
  const visible = across.filter((stored) => !stored.deleted && sees(reader, stored.audience));
  return [...page.included, ...visible].filter(({ type }) => isPermitted(caller, { interaction: 'read', type }));
}

function linksOf(address: string, applied: URLSearchParams, next?: string): { relation: string; url: string }[] {
  const self = { relation: 'self', url: addressed(address, applied) };
  if (next === undefined) return [self];
  const following = new URLSearchParams(applied);
  following.set('_cursor', next);
  return [self, { relation: 'next', url: addressed(address, following) }];
}

function addressed(address: string, parameters: URLSearchParams): string {
  const query = parameters.toString();
  return query === '' ? address : `${address}?${query}`;
}

function outcomeEntry(warnings: readonly Issue[]): string {
  return JSON.stringify({ resource: operationOutcome(warnings), search: { mode: 'outcome' } });
}
