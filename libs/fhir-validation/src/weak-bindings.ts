import type { Terminology } from '#terminology';
import { CodeJudge } from './codes.js';
import { type Check } from './inspection.js';
import { boundCheck } from './profiles/value-checks.js';
import { type ElementStructure, type Structures } from './structures.js';

/** The bindings of R4 that only a terminology can tell of: extensible ones, and required ones to open code systems. */
export function weakBindings(
  structures: Structures,
  terminology: Terminology | undefined,
): (element: ElementStructure, type: string) => Check[] {
  if (!terminology) return () => [];
  const judge = new CodeJudge(structures, terminology);
  return ({ binding, extensible, maxBinding }, type) => {
    if (!coded.has(type)) return [];
    const required = [binding !== undefined && binding in structures.valueSets ? undefined : binding, maxBinding];
    return [
      ...required.flatMap((valueSet) =>
        valueSet === undefined ? [] : [boundCheck({ valueSet, isRequired: true, by: 'FHIR R4' }, judge)],
      ),
      ...(extensible === undefined
        ? []
        : [boundCheck({ valueSet: extensible, isRequired: false, by: 'FHIR R4' }, judge)]),
    ];
  };
}

const coded = new Set(['code', 'Coding', 'CodeableConcept', 'Quantity', 'string', 'uri']);
