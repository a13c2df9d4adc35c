import { type Check, type Inspection } from './inspection.js';
import { type ConstraintStructure } from './structures.js';

/** A rule and the type or element that it is of. */
export interface PlacedConstraint extends ConstraintStructure {
  on: string;
}

/** Where a rule is asked: `%resource` and `%rootResource` of FHIRPath. */
export interface Scene {
  readonly resource: unknown;
  readonly root: unknown;
}

/**
 * An invariant by hand, for a value of sound structure: whether it holds, or the elements below that break it
 * (`entry[2].request`). Where the published expression gives no answer, it holds.
 */
export type FastInvariant<T = never> = (value: T, scene: Scene) => boolean | readonly string[];

/** By where and what: `Period: per-1`. */
export type FastInvariants = Readonly<Record<string, FastInvariant>>;

/** Says which constraint is broken: what the definition says for people, and its key for machines. */
export function reportBroken({ human, key, on, severity }: PlacedConstraint, inspection: Inspection, below = ''): void {
  const said = `${human.trim().replace(/\.$/, '')} (${on}: ${key}).`;
  if (severity === 'warning') inspection.warn('invariant', said, below);
  else inspection.fault('invariant', said, below);
}

/** The check of an invariant that is written by hand. */
export function fastCheck(constraint: PlacedConstraint, rule: FastInvariant): Check {
  const ask = rule as FastInvariant<unknown>;
  return (value, inspection) => {
    const answer = ask(value, inspection);
    if (answer === true) return;
    for (const place of answer === false ? [''] : answer) reportBroken(constraint, inspection, place);
  };
}
