import type { FhirResource } from 'fhir/r4';

/** A resource that is served as it was built or loaded, and never changes while the process runs. */
export interface Definition {
  type: DefinitionType;
  id: string;
  /** What a search looks at: the resource itself, or the part of it that is kept at hand. */
  described: Readonly<Record<string, unknown>>;
  read: () => FhirResource;
}

/** Types that come from the build and from packages, not from a store. */
export const definitionTypes = [
  'StructureDefinition',
  'SearchParameter',
  'OperationDefinition',
  'MessageDefinition',
  'CapabilityStatement',
] as const;

export type DefinitionType = (typeof definitionTypes)[number];

export function isDefinitionType(type: string): type is DefinitionType {
  return (definitionTypes as readonly string[]).includes(type);
}
