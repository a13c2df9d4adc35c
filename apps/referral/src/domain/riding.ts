import type { FhirResource, ServiceRequest } from 'fhir/r4';
import { referencesIn, type ResourceId, resourceIdOf } from '#fhir';

/** What rides in a referral: seen by whoever sees the referral, where the referral names it or it hangs on it. */
export const riding: readonly string[] = [
  'RelatedPerson',
  'CarePlan',
  'Condition',
  'Consent',
  'Encounter',
  'Flag',
  'Goal',
  'AllergyIntolerance',
  'MedicationStatement',
  'Procedure',
  'Communication',
  'Device',
  'EpisodeOfCare',
];

/** What a record may hang on, the nearest first: it is seen by whoever sees that. */
export const anchors = ['Task', 'ServiceRequest', 'Appointment', 'CarePlan', 'EpisodeOfCare', 'Encounter'];

/** ServiceRequest → CarePlan → Goal → Condition. */
export const stepsAtMost = 4;

/** The records of a person that a resource names. */
export function ridingNamedBy(resource: FhirResource): ResourceId[] {
  return referencesIn(resource)
    .map(({ reference }) => resourceIdOf(reference))
    .filter((id) => id !== undefined)
    .filter(({ type }) => riding.includes(type));
}

/** Whether the nearest that it hangs on is one of these places. What names another Task is for the provider of that. */
export function hangsOn(resource: FhirResource, places: ReadonlySet<string>): boolean {
  const named = referencesIn(resource).flatMap(({ reference }) => resourceIdOf(reference) ?? []);
  const nearest = anchors.map((type) => named.filter((id) => id.type === type)).find(({ length }) => length > 0) ?? [];
  const isPlace = (id: ResourceId): boolean => places.has(placeOf(id));
  return nearest.some(isPlace) && nearest.every((id) => id.type !== 'Task' || isPlace(id));
}

export function placeOf({ type, id }: ResourceId): string {
  return `${type}/${id}`;
}

/** A resource by its place, where it has an id. */
export function placeOfResource({ resourceType, id = '' }: FhirResource): string {
  return `${resourceType}/${id}`;
}

/** Of resources that are written together, the referrals that name one of them, themselves or through others of them. */
export function referralsNaming(resource: FhirResource, siblings: readonly FhirResource[]): ServiceRequest[] {
  const place = placeOfResource(resource);
  const requests = siblings.filter((one) => one.resourceType === 'ServiceRequest');
  return requests.filter((request) => request.status === 'active' && namedThrough(request, siblings).has(place));
}

/** Of resources that are written together, those that this one names. */
export function siblingsNamedBy(resource: FhirResource, siblings: readonly FhirResource[]): FhirResource[] {
  const named = referencesIn(resource).map(({ reference }) => resourceIdOf(reference));
  const places = new Set(named.flatMap((id) => (id === undefined ? [] : [placeOf(id)])));
  return siblings.filter((one) => places.has(placeOfResource(one)));
}

function namedThrough(request: ServiceRequest, siblings: readonly FhirResource[]): ReadonlySet<string> {
  const named = new Set<string>();
  let latest: readonly FhirResource[] = [request];
  for (let step = 0; step < stepsAtMost && latest.length > 0; step++) {
    const places = latest.flatMap(ridingNamedBy).map(placeOf);
    const fresh = places.filter((place) => !named.has(place));
    for (const place of fresh) named.add(place);
    latest = siblings.filter((one) => fresh.includes(placeOfResource(one)));
  }
  return named;
}
