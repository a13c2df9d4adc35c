import type { ElementDefinition, StructureDefinition } from 'fhir/r4';
import { type FastInvariants } from '../invariant.js';

/** Those of StructureDefinition that FHIRPath would answer in the square of its elements; the others are left to it. */
export const structureDefinitionInvariants: FastInvariants = {
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
  // published without their ends marked, so that any path with one good letter would do
  'ElementDefinition: eld-19': ({ path }: ElementDefinition) => pathOfTypes.test(path),
  'ElementDefinition: eld-20': ({ path }: ElementDefinition) => plainPath.test(path),
};

interface Elements {
  element: readonly ElementDefinition[];
}

const pathOfTypes =
  /^[^\s.,:;'"/|?!@#$%&*()[\]{}]{1,64}(?:\.[^\s.,:;'"/|?!@#$%&*()[\]{}]{1,64}(?:\[x\])?(?::[^\s.]+)?)*$/;
const plainPath = /^[A-Za-z][A-Za-z0-9]*(?:\.[a-z][A-Za-z0-9]*(?:\[x\])?)*$/;
