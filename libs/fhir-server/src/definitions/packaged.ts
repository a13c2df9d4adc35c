import type { FhirResource } from 'fhir/r4';
import type { FhirPackage } from '#fhir-validation';

/** All resources of one type that the packages define. */
export function definitionsOfType<Type extends FhirResource['resourceType']>(
  packages: readonly FhirPackage[],
  type: Type,
): Extract<FhirResource, { resourceType: Type }>[] {
  const isOfType = (resource: FhirResource): resource is Extract<FhirResource, { resourceType: Type }> =>
    resource.resourceType === type;
  return packages.flatMap(({ definitions }) => definitions.filter(isOfType));
}
