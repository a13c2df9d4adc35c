import type { FhirResource } from 'fhir/r4';
import { idIn, referencesIn } from '#fhir';

/** Id of the Patient that a resource is about, whatever its type calls that: subject, patient or for. */
export function personOf(resource: FhirResource): string | undefined {
  const { resourceType } = resource;
  if (resourceType === 'Patient') return resource.id;
  const places = ['subject', 'patient', 'for'].map((element) => `${resourceType}.${element}`);
  const named = referencesIn(resource).filter(({ path }) => places.includes(path));
  return named.map(({ reference }) => idIn(reference, 'Patient')).find((id) => id !== undefined);
}
