import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { FhirResource } from 'fhir/r4';
import type { Definition, DefinitionType } from './definition.js';

const folder = new URL('../../generated/', import.meta.url);

/** What the build packs of structures and messages (tools/definitions/structure-definitions.mjs): listed here, read on demand. */
export function builtDefinitions(): Definition[] {
  const { entries } = JSON.parse(readFileSync(new URL('structure-definitions.json', folder), 'utf8')) as {
    entries: (Record<string, unknown> & { resourceType: DefinitionType; id: string; place: [number, number] })[];
  };
  return entries.map(({ place, ...described }) => ({
    type: described.resourceType,
    id: described.id,
    described,
    read: () => readAt(place),
  }));
}

function readAt([at, length]: readonly [number, number]): FhirResource {
  const file = openSync(new URL('structure-definitions.pack', folder), 'r');
  try {
    const packed = Buffer.alloc(length);
    readSync(file, packed, 0, length, at);
    return JSON.parse(gunzipSync(packed).toString('utf8')) as FhirResource;
  } finally {
    closeSync(file);
  }
}
