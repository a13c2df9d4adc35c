import { isPermitted } from '#auth';
import { owners, type ServiceName, serviceNames } from '#fhir';
import type { FhirStore, Stored } from '#fhir-store';
import type { ServedType } from '../faces.js';
import { etagOf } from '../headers.js';
import type { FhirRequest, FhirResponse } from '../operation.js';
import type { Route } from '../route.js';
import type { Serving, Target } from '../serving.js';
import { bundleOf, entryOf } from './bundle.js';
import { type HistoryQuery, historyQueryOf } from './history-query.js';
import { mergedPage, type PartOfHistory } from './merged-history.js';
import { present } from './stored-response.js';

/** Versions, newest first. https://hl7.org/fhir/R4/http.html#history */
export function history(route: HistoryRoute, request: FhirRequest, serving: Serving): Promise<FhirResponse> {
  if (route.interaction === 'history') return instanceHistory(route, request, serving);
  return route.interaction === 'history-type'
    ? typeHistory(route.served, request, serving)
    : systemHistory(request, serving);
}

export function isHistory(route: Route): route is HistoryRoute {
  return ['history', 'history-type', 'history-system'].includes(route.interaction);
}

type HistoryRoute = Extract<Route, { interaction: 'history' | 'history-type' | 'history-system' }>;

async function instanceHistory({ served, id }: Target, request: FhirRequest, serving: Serving): Promise<FhirResponse> {
  const { type, face } = served;
  const query = historyQueryOf(`${type}/${id}/_history`, request, serving);
  const { before, ...page } = query.page;
  const asked = { ...page, count: page.count + 1, ...(before ? { before: before.version } : {}) };
  const versions = await face.store.history(type, id, request.caller.audience, asked);
  if (versions.length === 0) await refuseAbsent(served, id, request);
  return pageOf(versions, query, serving);
}

/** The versions of all resources of a type, newest first; of each only those that the caller may see. */
async function typeHistory(served: ServedType, request: FhirRequest, serving: Serving): Promise<FhirResponse> {
  const { type, face } = served;
  const query = historyQueryOf(`${type}/_history`, request, serving);
  const page = { ...query.page, count: query.page.count + 1 };
  return pageOf(await face.store.historyOf({ type }, request.caller.audience, page), query, serving);
}

/**
 * The same of all types that the caller may read, whichever service owns them: each is asked once for a page, and for no
 * other type, so that the length of a page tells nothing of those.
 */
async function systemHistory(request: FhirRequest, serving: Serving): Promise<FhirResponse> {
  const query = historyQueryOf('_history', request, serving);
  const page = { ...query.page, count: query.page.count + 1 };
  const { caller } = request;
  const stores = new Map<FhirStore, ServiceName>(serving.faces.types.map(({ face }) => [face.store, face.name]));
  const here = new Set(stores.values());
  const typesOf = (service: ServiceName): string[] =>
    owners[service].filter((type) => isPermitted(caller, { interaction: 'history-type', type }));
  const { historyAcross } = serving;
  const elsewhere = historyAcross ? serviceNames.filter((name) => !here.has(name) && typesOf(name).length > 0) : [];
  const parts: PartOfHistory[] = await Promise.all([
    ...[...stores].map(async ([store, service]) => {
      const versions = await store.historyOf({ types: typesOf(service) }, caller.audience, page);
      return { versions, more: versions.length === page.count };
    }),
    ...elsewhere.map(
      (owner) =>
        historyAcross?.(owner, caller.audience, { ...page, types: typesOf(owner) }) ?? { versions: [], more: false },
    ),
  ]);
  const { versions, next } = mergedPage(parts, query.page.count);
  return bundled(versions, next, { query, serving });
}

/** None is none only where there is such a resource: with `_since`, nothing may have happened. */
async function refuseAbsent({ type, face }: ServedType, id: string, { caller }: FhirRequest): Promise<void> {
  const [latest] = await face.store.history(type, id, caller.audience, { count: 1 });
  present(latest && { ...latest, deleted: false }, type);
}

function pageOf(versions: readonly Stored[], query: HistoryQuery, serving: Serving): FhirResponse {
  const shown = versions.slice(0, query.page.count);
  return bundled(shown, versions.length > shown.length ? shown.at(-1) : undefined, { query, serving });
}

function bundled(
  shown: readonly Stored[],
  next: Stored | undefined,
  { query, serving }: { query: HistoryQuery; serving: Serving },
): FhirResponse {
  const links = [
    { relation: 'self', url: query.addressOf() },
    ...(next ? [{ relation: 'next', url: query.addressOf(next) }] : []),
  ];
  const entries = shown.map((stored) => entryOf(serving.baseUrl, stored, interactionOf(stored)));
  return { status: 200, content: bundleOf({ type: 'history', links, form: query.form, entries }) };
}

/** How a version came to be, as far as the store tells. */
function interactionOf({ type, id, version, deleted, lastUpdated }: Stored): Record<string, unknown> {
  const seen = { etag: etagOf(version), lastModified: lastUpdated.toISOString() };
  if (deleted) return { request: { method: 'DELETE', url: `${type}/${id}` }, response: { status: '204', ...seen } };
  if (version === 1) return { request: { method: 'POST', url: type }, response: { status: '201', ...seen } };
  return { request: { method: 'PUT', url: `${type}/${id}` }, response: { status: '200', ...seen } };
}
