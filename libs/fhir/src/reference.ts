import type { FhirResource, Reference } from 'fhir/r4';
import { withLiteralsOf } from './json-literals.js';

export interface ResourceId {
  type: string;
  id: string;
}

const relative = /^(?:.*\/)?([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

/** The type and id of a literal reference (`Task/1`, `Task/1/_history/2`); undefined for urn:, #contained and absolute ones. */
export function resourceIdOf(reference: Reference | string | undefined): ResourceId | undefined {
  const literal = typeof reference === 'string' ? reference : reference?.reference;
  if (literal === undefined || /^(urn:|#|https?:)/.test(literal)) return undefined;
  const match = relative.exec(literal);
  return match ? { type: match[1] ?? '', id: match[2] ?? '' } : undefined;
}

/** The id of a literal reference to this type, or undefined. */
export function idIn(reference: Reference | string | undefined, type: string): string | undefined {
  const found = resourceIdOf(reference);
  return found?.type === type ? found.id : undefined;
}

export function referenceTo(resource: FhirResource): Reference {
  return { reference: `${resource.resourceType}/${resource.id ?? ''}` };
}

/** Every Reference with its FHIRPath-like place, in document order; contained resources included. */
export function referencesIn(resource: FhirResource): { path: string; reference: Reference }[] {
  const found: { path: string; reference: Reference }[] = [];
  walk(resource, resource.resourceType, found);
  return found;
}

/**
 * A copy in which each literal reference that the map knows (`urn:uuid:…` → `Task/1`) is replaced. What holds none is the
 * value given itself, and decimals keep their digits.
 */
export function withReferences<T>(value: T, resolve: (literal: string) => string | undefined): T {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]: [string, unknown]): [string, unknown] => [
    key,
    key === 'reference' && typeof item === 'string' ? (resolve(item) ?? item) : withReferences(item, resolve),
  ]);
  if (entries.every(([key, item]) => item === (value as Record<string, unknown>)[key])) return value;
  const copy: object = Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries);
  return withLiteralsOf(value, copy) as T;
}

function walk(value: unknown, path: string, found: { path: string; reference: Reference }[]): void {
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      walk(item, `${path}[${String(index)}]`, found);
    });
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if ('reference' in value && typeof value.reference === 'string') found.push({ path, reference: value as Reference });
  for (const [key, item] of Object.entries(value)) walk(item, `${path}.${key}`, found);
}
