import type { BundleLink } from 'fhir/r4';
import type { Stored } from '#fhir-store';

export interface BundleParts {
  type: 'searchset' | 'history' | 'batch-response' | 'transaction-response';
  total?: number | undefined;
  links?: readonly BundleLink[];
  /** How the answer looks: links lead to pages of the same look. */
  form?: URLSearchParams | undefined;
  /** Entries as JSON text. */
  entries: readonly string[];
}

/** A Bundle put together as text, so that what is stored is served byte for byte. https://hl7.org/fhir/R4/bundle.html */
export function bundleOf({ type, total, links = [], form, entries }: BundleParts): string {
  const head = [
    `"resourceType":"Bundle","type":"${type}"`,
    ...(total === undefined ? [] : [`"total":${String(total)}`]),
    ...(links.length === 0 ? [] : [`"link":${JSON.stringify(links.map((link) => inForm(link, form)))}`]),
    ...(entries.length === 0 ? [] : [`"entry":[${entries.join(',')}]`]),
  ];
  return `{${head.join(',')}}`;
}

function inForm(link: BundleLink, form: URLSearchParams | undefined): BundleLink {
  if (!form) return link;
  return { ...link, url: `${link.url}${link.url.includes('?') ? '&' : '?'}${form.toString()}` };
}

/** One entry: a stored resource under its address, and what is said of it (search, request, response). */
export function entryOf(baseUrl: string, stored: Stored, more: Record<string, unknown>): string {
  const { type, id, content } = stored;
  const resource = content === '' ? '' : `,"resource":${content}`;
  return `{"fullUrl":${JSON.stringify(`${baseUrl}/${type}/${id}`)}${resource},${JSON.stringify(more).slice(1)}`;
}
