import { booleanExpression } from './fhirpath-expression.js';
import { type Check } from './inspection.js';
import { type PlacedConstraint, reportBroken } from './invariant.js';

/** The check of an invariant as published, by FHIRPath. An answer of nothing breaks no rule. */
export function expressionCheck(constraint: PlacedConstraint, base: string): Check {
  const ask = booleanExpression(constraint.expression, base);
  const level = constraint.severity ?? 'error';
  return (value, inspection) => {
    if (!inspection.isAskedFor(level)) return;
    const answer = ask(value, inspection);
    if (answer === false) reportBroken(constraint, inspection);
    else if (answer === 'too-costly') {
      inspection.fault('too-costly', `The resource is too large to be held against the invariant ${constraint.key}.`);
      inspection.stopped = true;
    } else if (answer === 'unreadable') {
      inspection.remark('not-supported', `The invariant ${constraint.key} could not be evaluated and was not checked.`);
    }
  };
}
