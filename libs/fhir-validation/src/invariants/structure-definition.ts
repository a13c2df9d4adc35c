import type { ElementDefinition, StructureDefinition, StructureDefinitionMapping } from 'fhir/r4';
import { type FastInvariants } from '../invariant.js';
import { has } from './presence.js';

/** Those that FHIRPath would answer in the square of the elements, and those of its parts; the others are left to it. */
export const structureDefinitionInvariants: FastInvariants = {
  'StructureDefinition.mapping: sdf-2': (mapping: StructureDefinitionMapping) =>
    has(mapping, 'name') || has(mapping, 'uri'),
  'StructureDefinition.snapshot: sdf-3': ({ element }: Elements) =>
    element.every((one) => has(one, 'definition') && has(one, 'min') && has(one, 'max')),
  'StructureDefinition.snapshot: sdf-8': ({ element }: Elements, { resource }) => {
    const { kind, type } = resource as StructureDefinition;
    const root = element[0]?.path ?? '';
    return (kind === 'logical' || root === type) && element.slice(1).every(({ path }) => path.startsWith(`${root}.`));
  },
  'StructureDefinition.differential: sdf-8a': ({ element }: Elements, { resource }) => {
    const { kind, type } = resource as StructureDefinition;
    const first = element[0]?.path ?? '';
    const root = first.split('.', 1)[0] ?? '';
    return (
      (kind === 'logical' || first.startsWith(type)) &&
      element.slice(1).every(({ path }) => path.startsWith(`${root}.`))
    );
  },
  'StructureDefinition.snapshot: sdf-8b': ({ element }: Elements) => element.every(({ base }) => base !== undefined),
  'StructureDefinition.differential: sdf-20': ({ element }: Elements) =>
    element.every((one) => one.path.includes('.') || one.slicing === undefined),
};

interface Elements {
  element: readonly ElementDefinition[];
}
