import { FhirError } from '#fhir';
import type { Stored } from '#fhir-store';
import { etagOf, preferOf } from '../headers.js';
import type { FhirRequest, FhirResponse } from '../operation.js';
import type { Serving, Target } from '../serving.js';
import { bundleOf, entryOf } from './bundle.js';
import { present } from './stored-response.js';

const usualCount = 50;
const largestCount = 1000;

/** The versions of one resource, newest first. https://hl7.org/fhir/R4/http.html#history */
export async function history(
  { served, id }: Target,
  request: FhirRequest,
  { baseUrl }: Serving,
): Promise<FhirResponse> {
  const { type, face } = served;
  refuseUnknown(request);
  const count = numberIn(request.query, '_count', largestCount) ?? usualCount;
  const before = numberIn(request.query, '_before', 999_999_999);
  const page = { count: count + 1, ...(before === undefined ? {} : { before }) };
  const versions = await face.store.history(type, id, request.caller.audience, page);
  if (before === undefined && versions.length === 0) present(undefined, type);
  const shown = versions.slice(0, count);
  const address = `${baseUrl}/${type}/${id}/_history`;
  const last = shown.at(-1);
  const next = last && versions.length > count ? last.version : undefined;
  const links = [
    { relation: 'self', url: pageUrl(address, count, before) },
    ...(next === undefined ? [] : [{ relation: 'next', url: pageUrl(address, count, next) }]),
  ];
  const entries = shown.map((stored) => entryOf(baseUrl, stored, interactionOf(stored)));
  return { status: 200, content: bundleOf({ type: 'history', links, entries }) };
}

function pageUrl(address: string, count: number, before?: number): string {
  return `${address}?_count=${String(count)}${before === undefined ? '' : `&_before=${String(before)}`}`;
}

function refuseUnknown({ query, headers }: FhirRequest): void {
  const unknown = [...query.keys()].some((name) => name !== '_count' && name !== '_before');
  if (!unknown || preferOf(headers).lenient) return;
  throw FhirError.of('not-supported', 'History takes _count and _before (a version: only older ones are given).');
}

/** How a version came to be. */
function interactionOf({ type, id, version, deleted, lastUpdated }: Stored): Record<string, unknown> {
  const seen = { etag: etagOf(version), lastModified: lastUpdated.toISOString() };
  if (deleted) return { request: { method: 'DELETE', url: `${type}/${id}` }, response: { status: '204', ...seen } };
  if (version === 1) return { request: { method: 'POST', url: type }, response: { status: '201', ...seen } };
  return { request: { method: 'PUT', url: `${type}/${id}` }, response: { status: '200', ...seen } };
}

/** A whole number from 1; FHIR lets a server give fewer than asked for, so more than the largest is the largest. */
function numberIn(query: URLSearchParams, name: string, largest: number): number | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(value)) throw FhirError.of('value', `${name} must be a whole number from 1.`);
  return Math.min(Number(value), largest);
}
