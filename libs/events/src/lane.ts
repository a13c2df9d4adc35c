import type { FhirResource, Reference } from 'fhir/r4';
import { idIn, type ResourceId } from '#fhir';

/** What may say of which ServiceRequest a resource is part. */
interface PartOfReferral {
  basedOn?: Reference | Reference[];
  focus?: Reference | Reference[];
  context?: { related?: Reference[] };
}

/**
 * What is told in order: everything of one referral, by its ServiceRequest; of what is part of none, the versions of the one
 * resource.
 */
export function laneOf(focus: ResourceId, resource: FhirResource | undefined): string {
  const itself = `${focus.type}/${focus.id}`;
  if (resource === undefined || focus.type === 'ServiceRequest') return itself;
  const { basedOn, focus: worksOn, context } = resource as PartOfReferral;
  const related = context?.related;
  const references = [basedOn, worksOn, Array.isArray(related) ? related : undefined].flat();
  const request = references.map((reference) => idIn(reference, 'ServiceRequest')).find((id) => id !== undefined);
  return request === undefined ? itself : `ServiceRequest/${request}`;
}
