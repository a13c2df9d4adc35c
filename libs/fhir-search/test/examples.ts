import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FhirResource } from 'fhir/r4';
import { searchableTypes } from '../src/index.js';

const samples = new URL('../../../../shared/data', import.meta.url).pathname;

export const areThereExamples = existsSync(samples);

/** Every resource of a type served among the published examples, also those within others; not the rows of a folder's manifest. */
export function examples(): FhirResource[] {
  if (!areThereExamples) return [];
  const files = readdirSync(samples, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.json'));
  const texts = files.map((file) => readFileSync(join(samples, file), 'utf8')).filter((text) => text.startsWith('{'));
  return texts.flatMap((text) => resourcesIn(JSON.parse(text) as unknown));
}

function resourcesIn(value: unknown): FhirResource[] {
  if (typeof value !== 'object' || value === null) return [];
  const own =
    'resourceType' in value && !('file' in value) && searchableTypes().includes(String(value.resourceType))
      ? [value as FhirResource]
      : [];
  return [...own, ...Object.values(value).flatMap(resourcesIn)];
}
