import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FhirResource } from 'fhir/r4';
import { everyone, ownerOf, publicAudience, type ServiceName, stringifyJson } from '#fhir';
import { FhirStore, type Write } from '#fhir-store';
import { Database } from '#postgres';
import { loadProgramme, programmeNames, projectRoot } from '#programmes';
import { heldTypes, schemaOf, type ServiceDefinition, serviceUrl } from '#service';
import { routingKeysOf } from '../../activity-directory/src/activity-directory.module.js';

/**
 * Brings the programmes' directory and questionnaires into the services that own them; what is there unchanged stays.
 *
 * @param more what this installation has beside them
 */
export async function seed(
  adminUrl: string,
  definitions: readonly ServiceDefinition[],
  more: readonly FhirResource[] = [],
): Promise<number> {
  const resources = [...contract(), ...programmeNames().flatMap(resourcesOf), ...more];
  let written = 0;
  for (const definition of definitions) {
    const own = resources.filter(({ resourceType }) => ownerOf(resourceType) === definition.name);
    if (own.length > 0) written += await seedService(serviceUrl(adminUrl, definition.name), definition, own);
  }
  return written;
}

/** Ginnel's own code systems. */
function contract(): FhirResource[] {
  const folder = join(projectRoot(), 'ig', 'code-systems');
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return files.map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as FhirResource);
}

function resourcesOf(name: string): FhirResource[] {
  const { questionnaires, codeSystems, planDefinition, measures, resources } = loadProgramme(name);
  return [...resources, ...questionnaires, ...codeSystems, ...measures, ...(planDefinition ? [planDefinition] : [])];
}

async function seedService(
  url: string,
  definition: ServiceDefinition,
  resources: readonly FhirResource[],
): Promise<number> {
  const database = new Database({
    url,
    schema: schemaOf(definition.name),
    applicationName: 'ginnel-seed',
    maxConnections: 2,
  });
  const store = new FhirStore(database, { types: heldTypes(definition), cursorSecret: '', now: () => new Date() });
  try {
    const writes = (await Promise.all(resources.map((resource) => writeOf(store, resource)))).flat();
    const act = { agent: 'seed', interaction: 'seed', correlationId: `seed-${definition.name satisfies ServiceName}` };
    if (writes.length > 0) await store.commit(writes, act);
    return writes.length;
  } finally {
    await database.close();
  }
}

async function writeOf(store: FhirStore, resource: FhirResource): Promise<Write[]> {
  const known = await store.read(resource.resourceType, resource.id ?? '', everyone);
  const keys = routingKeysOf(resource);
  if (!known) return [{ interaction: 'create', resource, audience: publicAudience, keys }];
  // A slot's places are counted from then on: the seed does not set it back.
  if (resource.resourceType === 'Slot' || isSame(known.content, resource)) return [];
  const borne = new Set(known.deleted ? [] : routingKeysOf(JSON.parse(known.content) as FhirResource));
  const claimed = keys.filter((key) => !borne.has(key));
  return [{ interaction: 'update', resource, audience: publicAudience, version: known.version, keys: claimed }];
}

function isSame(content: string, resource: FhirResource): boolean {
  const { meta, ...kept } = JSON.parse(content) as FhirResource;
  const { meta: seeded, ...wanted } = resource;
  const profile = meta?.profile;
  return (
    stringifyJson(ordered({ ...kept, profile })) === stringifyJson(ordered({ ...wanted, profile: seeded?.profile }))
  );
}

function ordered(value: object): object {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
