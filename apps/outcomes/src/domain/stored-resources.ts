import type { FhirResource } from 'fhir/r4';
import { parseJson } from '#fhir';

export type ResourceOf<T extends FhirResource['resourceType']> = Extract<FhirResource, { resourceType: T }>;

/** Those of a type, parsed so that decimals keep their digits; in the order of their ids. */
export function resourcesOfType<T extends FhirResource['resourceType']>(
  stored: readonly { type: string; id: string; deleted: boolean; content: string }[],
  type: T,
): ResourceOf<T>[] {
  return stored
    .filter((one) => one.type === type && !one.deleted)
    .sort((left, right) => (left.id < right.id ? -1 : 1))
    .map(({ content }) => parseJson(content) as ResourceOf<T>);
}
