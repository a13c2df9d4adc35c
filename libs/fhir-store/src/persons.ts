import type { Stored } from './stored.js';

/** References as they stand in content that the store wrote: without blanks. */
const named = /"reference":"(?:[^"]*\/)?Patient\/([A-Za-z0-9\-.]{1,64})(?=["/])/g;

/**
 * Ids of the Patients that a resource is about: each that it refers to. A Patient is about itself alone; whom it is linked to
 * is another organisation's record.
 */
export function personsIn({ type, id, content }: Pick<Stored, 'type' | 'id' | 'content'>): string[] {
  if (type === 'Patient') return [id];
  return [...new Set([...content.matchAll(named)].map(([, patient = '']) => patient))].sort();
}
