import { stringifyJson } from '#fhir';
import type { Stored, Write } from './stored.js';

/** References as they stand in content that the store wrote: without blanks. */
const reference = /"reference":"(?:[^"]*\/)?Patient\/([A-Za-z0-9\-.]{1,64})(?=["/])/g;

/**
 * Ids of the Patients that a resource is about: each that it refers to. A Patient is about itself alone; whom it is linked to
 * is another organisation's record.
 */
export function personsIn({ type, id, content }: Pick<Stored, 'type' | 'id' | 'content'>): string[] {
  if (type === 'Patient') return [id];
  return [...new Set([...content.matchAll(reference)].map(([, patient = '']) => patient))].sort();
}

/** Those of what is to be written, as far as it says so: of a deletion the store remembers them. */
export function personsOfWrites(writes: readonly Write[]): string[] {
  const persons = writes.flatMap((write) => [
    ...(write.persons ?? []),
    ...(write.interaction === 'delete' ? [] : named(write)),
  ]);
  return [...new Set(persons)].sort();
}

function named({ resource }: Exclude<Write, { interaction: 'delete' }>): string[] {
  return personsIn({ type: resource.resourceType, id: resource.id ?? '', content: stringifyJson(resource) });
}
