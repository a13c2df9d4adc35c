import { randomUUID } from 'node:crypto';
import type { FhirResource } from 'fhir/r4';
import { plainEventType } from '#events';
import { labelledAudience, notWithheld, stringifyJson, withLiteralsOf } from '#fhir';
import { indexEntriesOf } from '#fhir-search';
import { personsIn } from './persons.js';
import { searchRowOf } from './search-row.js';
import type { Stored, Write } from './stored.js';

/** The version that a write makes. */
export interface WrittenVersion {
  stored: Stored;
  resource?: FhirResource;
}

export function versionOf(write: Write, now: Date): WrittenVersion {
  if (write.interaction === 'delete') {
    const { type, id } = write;
    // A deletion has no label of its own: it stays hidden from those from whom the version before it was.
    const audience = notWithheld(write.audience);
    return { stored: { type, id, version: write.version + 1, lastUpdated: now, audience, deleted: true, content: '' } };
  }
  const version = write.interaction === 'create' ? 1 : write.version + 1;
  const resource = { ...write.resource, id: write.resource.id ?? randomUUID() };
  const content = contentOf(resource, version, now);
  const { resourceType: type, id, meta } = resource;
  const audience = labelledAudience(write.audience, meta?.security);
  return { resource, stored: { type, id, version, lastUpdated: now, audience, deleted: false, content } };
}

/** The stored form of a resource: id, versionId and lastUpdated set, everything else as it came. */
function contentOf(resource: FhirResource, version: number, lastUpdated: Date): string {
  const { resourceType, id, meta, ...rest } = resource;
  const stamped = { ...meta, versionId: String(version), lastUpdated: lastUpdated.toISOString() };
  return stringifyJson(withLiteralsOf(resource, { resourceType, id, meta: stamped, ...rest }));
}

/** What the statements take of a version beside its content: this, the event, and what is indexed. */
export interface RowToWrite {
  readers: readonly string[];
  persons: readonly string[];
  [column: string]: unknown;
}

/** What the statements take of it, beside its content. */
export function rowOf(write: Write, { stored, resource }: WrittenVersion): RowToWrite {
  const { id, version, audience, type } = stored;
  return {
    id,
    version,
    readers: audience,
    persons: personsOf(write, stored),
    event_id: randomUUID(),
    // What replaces no version that anybody saw is new to them.
    event: write.event ?? plainEventType(type, version === 1 ? 'create' : write.interaction),
    ...(resource ? searchRowOf(indexEntriesOf(resource)) : {}),
  };
}

/** Whom a version is about, as far as it says so; of a deletion the store remembers it. */
export function personsOf({ persons = [] }: Write, stored: Stored): string[] {
  return [...new Set([...persons, ...personsIn(stored)])].sort();
}
