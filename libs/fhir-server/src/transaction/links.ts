import { withLiteralsOf } from '#fhir';

/**
 * Names of elements of type Reference.reference, uri, url, oid and uuid: the only ones that may hold a link to an entry.
 * Canonicals are left as they are. https://hl7.org/fhir/R4/http.html#trules
 */
const linking = new Set([
  ...['reference', 'url', 'uri', 'system', 'source', 'instantiatesUri'],
  ...['valueUri', 'valueUrl', 'valueOid', 'valueUuid'],
]);

/** What a link to an entry becomes, `Patient/1`; undefined for any other text. */
export type NewLink = (link: string) => string | undefined;

/** A copy in which each link to an entry leads to its resource, in the narrative too. What holds none is the value itself. */
export function relinked<T>(value: T, newLink: NewLink): T {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, item]: [string, unknown]): [string, unknown] => [
    name,
    typeof item === 'string' ? relinkedText(name, item, newLink) : relinked(item, newLink),
  ]);
  if (entries.every(([name, item]) => item === (value as Record<string, unknown>)[name])) return value;
  const copy: object = Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries);
  return withLiteralsOf(value, copy) as T;
}

function relinkedText(name: string, text: string, newLink: NewLink): string {
  if (name === 'div') return relinkedNarrative(text, newLink);
  return linking.has(name) ? (newLink(text) ?? text) : text;
}

/** `<a href="urn:uuid:…">` and `<img src="urn:uuid:…">`. */
function relinkedNarrative(html: string, newLink: NewLink): string {
  return html.replace(/(?<=\s(?:href|src)\s*=\s*["'])[^"']*(?=["'])/g, (link) => newLink(link) ?? link);
}
