import type { FhirResource } from 'fhir/r4';
import { idIn, referencesIn } from '#fhir';

/** Id of the Patient that a resource is about: its subject, or the one whom a Task is for. */
export function personOf(resource: FhirResource): string | undefined {
  const places = ['subject', 'for'].map((element) => `${resource.resourceType}.${element}`);
  const named = referencesIn(resource).filter(({ path }) => places.includes(path));
  return named.map(({ reference }) => idIn(reference, 'Patient')).find((id) => id !== undefined);
}
