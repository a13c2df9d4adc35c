import { FhirError } from '#fhir';
import type { CodeSystemIndex } from './code-system-index.js';

export type Subsumption = 'equivalent' | 'subsumes' | 'subsumed-by' | 'not-subsumed';

/** How two codes of a system stand to each other. https://hl7.org/fhir/R4/codesystem-operation-subsumes.html */
export function subsumes(index: CodeSystemIndex, codeA: string, codeB: string): Subsumption {
  const [a, b] = [known(index, codeA, 'codeA'), known(index, codeB, 'codeB')];
  if (a === b) return 'equivalent';
  if (!index.subsumes) {
    const meaning = index.codeSystem.hierarchyMeaning ?? '';
    throw FhirError.of(
      'not-supported',
      `The hierarchy of ${index.url} is ${meaning}: it says nothing of subsumption.`,
      {
        status: 422,
      },
    );
  }
  if (index.below(a)?.includes(b) === true) return 'subsumes';
  return index.above(a)?.includes(b) === true ? 'subsumed-by' : 'not-subsumed';
}

function known(index: CodeSystemIndex, code: string, parameter: string): string {
  const concept = index.get(code);
  if (concept) return concept.code;
  throw FhirError.of('code-invalid', `The code of ${parameter} is not known in the code system ${index.url}.`);
}
