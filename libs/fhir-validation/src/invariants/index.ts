import { type Invariant } from '../invariant.js';
import { bundleInvariants } from './bundle.js';
import { dataTypeInvariants } from './data-types.js';
import { questionnaireInvariants } from './questionnaire.js';
import { resourceInvariants } from './resources.js';

/** The invariants of R4 that are checked so far; each is named for its key in the specification. */
export const invariants: readonly Invariant[] = [
  ...dataTypeInvariants,
  ...resourceInvariants,
  ...questionnaireInvariants,
  ...bundleInvariants,
];
