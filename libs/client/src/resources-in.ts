import type { Bundle, FhirResource } from 'fhir/r4';

/** The resources of one type in a Bundle, in their order. */
export function resourcesIn<T extends FhirResource['resourceType']>(
  { entry = [] }: Bundle,
  type: T,
): Extract<FhirResource, { resourceType: T }>[] {
  return entry
    .map(({ resource }) => resource as FhirResource | undefined)
    .filter((resource): resource is Extract<FhirResource, { resourceType: T }> => resource?.resourceType === type);
}
