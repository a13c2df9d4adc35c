import type { SearchParameter } from 'fhir/r4';
import { FhirError, owners, type ServiceName } from '#fhir';
import type { FhirStore } from '#fhir-store';
import type { Logger } from '#observability';
import { sqlState } from '#postgres';

/**
 * Takes the SearchParameters of packages into use that search types of this service alone, each once and for good: its index
 * is built like that of one which an operator loads. One that cannot be used is told in the log and left aside.
 */
export async function takePackagedParameters(
  definitions: readonly SearchParameter[],
  { name, store, log }: { name: ServiceName; store: FhirStore; log: Logger },
): Promise<void> {
  const known = new Set((await store.indexing.list()).map(({ url }) => url));
  for (const definition of definitions) {
    const owned: readonly string[] = owners[name];
    if (known.has(definition.url) || !definition.base.every((type) => owned.includes(type))) continue;
    const refused = await refusalOf(definition, store);
    if (refused === undefined)
      log.info({ parameter: definition.url }, 'a SearchParameter of a package is being indexed');
    else log.warn({ parameter: definition.url, refused }, 'a SearchParameter of a package is not used');
  }
}

async function refusalOf(definition: SearchParameter, store: FhirStore): Promise<string | undefined> {
  try {
    await store.indexing.load(definition);
    return undefined;
  } catch (error) {
    if (error instanceof FhirError) return error.message;
    // Another replica was faster.
    if (sqlState(error) === '23505') return undefined;
    throw error;
  }
}
