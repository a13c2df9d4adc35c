import type { FhirResource } from 'fhir/r4';
import { error, type Issue } from '#fhir';

/** Addresses that hold content which nobody judged, act in the reader's browser, or mean the reader's own machine. */
const refused = /^(?:data|javascript|vbscript|file|blob|filesystem|about|view-source):/i;

/** Of each `url` in a resource that is no address of content, why not. What stood there before may stay. */
export function addressIssues(resource: FhirResource, before?: FhirResource): Issue[] {
  const known = new Set(before === undefined ? [] : [...urlsIn(before, '')].map(({ url }) => url));
  return [...urlsIn(resource, resource.resourceType)]
    .filter(({ url }) => isRefused(url) && !known.has(url))
    .map(({ path }) => error('value', 'Send the content as data or as a Binary, or name its https address.', path));
}

/** Browsers leave out white space and control characters, before the scheme and within. */
function isRefused(url: string): boolean {
  return refused.test(url.replace(/[\p{Cc}\s]/gu, ''));
}

function* urlsIn(value: unknown, path: string): Generator<{ url: string; path: string }> {
  if (Array.isArray(value)) {
    for (const [at, one] of value.entries()) yield* urlsIn(one, `${path}[${String(at)}]`);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [name, one] of Object.entries(value)) {
    if (name === 'url' && typeof one === 'string') yield { url: one, path: `${path}.url` };
    else yield* urlsIn(one, `${path}.${name}`);
  }
}
