import type { ElementDefinition, StructureDefinition } from 'fhir/r4';

/** A profile for tests that says only what differs: `Patient.name`, or `Patient.identifier:nhs` for a slice. */
export function profileOf(
  type: string,
  elements: Record<string, Omit<ElementDefinition, 'path' | 'id'>>,
  more: Partial<StructureDefinition> = {},
): StructureDefinition {
  return {
    resourceType: 'StructureDefinition',
    url: `http://example.org/${type}`,
    name: type,
    status: 'active',
    kind: type === 'Extension' ? 'complex-type' : 'resource',
    abstract: false,
    type,
    baseDefinition: `http://hl7.org/fhir/StructureDefinition/${type}`,
    derivation: 'constraint',
    differential: { element: Object.entries(elements).map(([id, element]) => elementOf(id, element)) },
    ...more,
  };
}

function elementOf(id: string, element: Omit<ElementDefinition, 'path' | 'id'>): ElementDefinition {
  const last = id.slice(id.lastIndexOf('.') + 1);
  const sliceName = last.split(':')[1];
  return { id, path: id.replace(/:[^.]+/g, ''), ...(sliceName === undefined ? {} : { sliceName }), ...element };
}
