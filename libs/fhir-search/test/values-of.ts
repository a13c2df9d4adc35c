import type { FhirResource } from 'fhir/r4';
import { indexEntriesOf, type IndexValue } from '../src/index.js';

/** What a resource says, by the code of the parameter. */
export function valuesOf(resource: FhirResource): Record<string, readonly IndexValue[]> {
  return Object.fromEntries(indexEntriesOf(resource).map(({ parameter, values }) => [parameter.code, values]));
}

export function day(text: string): { type: 'date'; low: Date; high: Date } {
  const low = new Date(`${text}T00:00:00.000Z`);
  return { type: 'date', low, high: new Date(low.getTime() + 86_400_000) };
}
