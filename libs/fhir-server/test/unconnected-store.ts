import { FhirStore } from '#fhir-store';
import { Database } from '#postgres';

/** A store that is only asked which types it holds: it never connects. */
export function unconnectedStore(...types: string[]): FhirStore {
  const database = new Database({ url: 'postgres://nobody@127.0.0.1:1/none', schema: 'none', applicationName: 'none' });
  return new FhirStore(database, { types, cursorSecret: 'test', now: () => new Date() });
}
