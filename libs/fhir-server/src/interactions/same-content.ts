import type { FhirResource } from 'fhir/r4';
import { parseJson, stringifyJson, withLiteralsOf } from '#fhir';

/** True where both say the same, whatever their versions: the order of names means nothing, the digits of a decimal do. */
export function sameContent(one: FhirResource, other: FhirResource): boolean {
  return canonical(withoutVersion(one)) === canonical(withoutVersion(other));
}

/** As sameContent, with the bytes that are stored. */
export function isStored(resource: FhirResource, content: string): boolean {
  return sameContent(resource, parseJson(content) as FhirResource);
}

function withoutVersion(resource: FhirResource): object {
  const { meta = {}, ...rest } = resource;
  const kept = Object.entries(meta).filter(([name]) => name !== 'versionId' && name !== 'lastUpdated');
  return withLiteralsOf(resource, kept.length === 0 ? rest : { ...rest, meta: Object.fromEntries(kept) });
}

function canonical(value: object): string {
  return stringifyJson(sorted(value));
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return withLiteralsOf(value, value.map(sorted));
  const entries = Object.entries(value).map(([name, item]: [string, unknown]): [string, unknown] => [
    name,
    sorted(item),
  ]);
  return withLiteralsOf(value, Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))));
}
