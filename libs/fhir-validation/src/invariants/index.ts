import { type FastInvariants } from '../invariant.js';
import { bundleInvariants } from './bundle.js';
import { dataTypeInvariants } from './data-types.js';
import { definitionInvariants } from './definitions.js';
import { directoryInvariants } from './directory.js';
import { elementDefinitionInvariants } from './element-definition.js';
import { questionnaireInvariants } from './questionnaire.js';
import { resourceInvariants } from './resources.js';
import { structureDefinitionInvariants } from './structure-definition.js';

/** By hand, because they are met often or would take FHIRPath too long; the others are evaluated as published. */
export const fastInvariants: FastInvariants = {
  ...dataTypeInvariants,
  ...resourceInvariants,
  ...directoryInvariants,
  ...questionnaireInvariants,
  ...bundleInvariants,
  ...definitionInvariants,
  ...structureDefinitionInvariants,
  ...elementDefinitionInvariants,
};

/** Met by the walk itself: object-check, references, container, narrative. */
export const structuralInvariants: ReadonlySet<string> = new Set([
  'Element: ele-1',
  'Reference: ref-1',
  'DomainResource: dom-3',
  'Narrative.div: txt-1',
  'Narrative.div: txt-2',
]);
