import type { DomainResource, FhirResource } from 'fhir/r4';
import { referencesIn, withReferences } from '#fhir';

export interface MessageLinks {
  /** The stored reference of a resource of the message, by its fullUrl. */
  stored: ReadonlyMap<string, string>;
  /** Directory resources of the message that the directory does not know, by fullUrl. */
  foreign: ReadonlyMap<string, FhirResource>;
}

/**
 * The resource as it can be stored: what the message wrote as urn:uuid points to what was stored; a practitioner or organisation
 * that the directory does not know stays with it as a contained resource, so that nothing the sender said is lost.
 */
export function embed<R extends FhirResource>(resource: R, links: MessageLinks): R {
  const needed = foreignIn(resource, links);
  const local = new Map(needed.map((fullUrl, at) => [fullUrl, `sent-${String(at + 1)}`]));
  const resolve = (literal: string): string | undefined => {
    const id = local.get(literal);
    return links.stored.get(literal) ?? (id === undefined ? undefined : `#${id}`);
  };
  const settled = withReferences(resource, resolve);
  if (needed.length === 0) return settled;
  const contained = needed.flatMap((fullUrl) =>
    containable(links.foreign.get(fullUrl), local.get(fullUrl) ?? '', resolve),
  );
  const own = (settled as DomainResource).contained ?? [];
  return { ...settled, contained: [...own, ...contained] };
}

/** What a resource needs, and what that needs in turn: a role needs its practitioner and organisation. */
function foreignIn(resource: FhirResource, { foreign }: MessageLinks): string[] {
  const found: string[] = [];
  const visit = (one: FhirResource): void => {
    for (const { reference } of referencesIn(one)) {
      const literal = reference.reference ?? '';
      const next = foreign.get(literal);
      if (!next || found.includes(literal)) continue;
      found.push(literal);
      visit(next);
    }
  };
  visit(resource);
  return found;
}

/** A contained resource bears no version and contains nothing itself. */
function containable(
  resource: FhirResource | undefined,
  id: string,
  resolve: (literal: string) => string | undefined,
): FhirResource[] {
  if (!resource) return [];
  const settled = withReferences(resource, resolve) as DomainResource;
  const kept = Object.entries(settled).filter(([element]) => !['meta', 'text', 'contained'].includes(element));
  const profile = settled.meta?.profile;
  return [{ ...Object.fromEntries(kept), id, ...(profile ? { meta: { profile } } : {}) } as FhirResource];
}
