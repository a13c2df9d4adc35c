import { isDeepStrictEqual } from 'node:util';
import type { Identifier } from 'fhir/r4';
import { error, type Issue } from '#fhir';

/** Of these elements, one Issue for each that is not as it was before; the order of properties says nothing. */
export function elementsKept<R extends { resourceType: string }>(
  [before, after]: readonly [R, R],
  elements: readonly (keyof R & string)[],
  why: string,
): Issue[] {
  return elements
    .filter((element) => !isDeepStrictEqual(before[element], after[element]))
    .map((element) => {
      const place = `${after.resourceType}.${element}`;
      return error('business-rule', `${place} ${why}`, place);
    });
}

export function sameIdentifier(one: Identifier, other: Identifier): boolean {
  return one.system === other.system && one.value === other.value;
}
