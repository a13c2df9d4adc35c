import type { FhirResource } from 'fhir/r4';

/** The parts of `Type/id/_history/n`; a reference without a version counts as older than any version. */
export function versionedIdOf(reference: string): { id: string; version: number } {
  const [id = reference, version] = reference.split('/_history/');
  const number = Number(version);
  return { id, version: version === undefined || Number.isNaN(number) ? -1 : number };
}

/** The versioned reference of a stored resource; undefined where it has no id or version and so cannot be traced. */
export function versionedReferenceTo(resource: FhirResource): string | undefined {
  const version = resource.meta?.versionId;
  if (resource.id === undefined || version === undefined) return undefined;
  return `${resource.resourceType}/${resource.id}/_history/${version}`;
}
