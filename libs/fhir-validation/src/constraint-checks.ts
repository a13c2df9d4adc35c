import { expressionCheck } from './fhirpath-invariant.js';
import { type Check } from './inspection.js';
import { fastCheck, type PlacedConstraint } from './invariant.js';
import { fastInvariants, structuralInvariants } from './invariants/index.js';
import { type ConstraintStructure } from './structures.js';

/** The checks of the rules of one type or element, in the order of its definition. */
export function constraintChecks(constraints: readonly ConstraintStructure[] = [], on: string): Check[] {
  return constraints
    .map((constraint): PlacedConstraint => ({ ...constraint, on }))
    .filter(({ key }) => !structuralInvariants.has(`${on}: ${key}`))
    .map(checkOf);
}

function checkOf(constraint: PlacedConstraint): Check {
  const place = `${constraint.on}: ${constraint.key}`;
  const fast = Object.hasOwn(fastInvariants, place) ? fastInvariants[place] : undefined;
  const check = fast ? fastCheck(constraint, fast) : expressionCheck(constraint, constraint.on);
  if (!bestPractice.has(place)) return check;
  return (value, inspection) => {
    // what is contained has no narrative of its own
    const isContained = inspection.container?.current !== undefined;
    if (!isContained && inspection.isAskedFor('information')) check(value, inspection);
  };
}

/** What almost no system keeps to, and the specification only recommends: said to those who ask for remarks. */
const bestPractice = new Set(['DomainResource: dom-6']);
