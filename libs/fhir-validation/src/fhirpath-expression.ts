import { compile } from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4';
import { isFields } from './fields.js';
import { type Inspection } from './inspection.js';

/** What FHIRPath says: nothing where a comparison has no answer, and why where the question could not be asked. */
export type Answer = boolean | 'nothing' | 'unreadable' | 'too-costly';

/** A question to values at a place (`Questionnaire.item`), compiled when it is first asked. https://hl7.org/fhirpath/ */
export function booleanExpression(
  expression: string,
  base: string,
): (value: unknown, inspection: Inspection) => Answer {
  let evaluate: Evaluate | undefined;
  const looksAround = /%(?:resource|rootResource)\b/.test(expression);
  // a pattern may take time without end on a short text
  const needsGuard = /atches|`/.test(expression);
  return (value, { resource = value, root = value, patience }) => {
    try {
      const question = (evaluate ??= compiled(expression, base));
      const variables = { resource, rootResource: root, context: value };
      const work = (): unknown[] => question(value, variables);
      const found = needsGuard ? patience.guard(work) : patience.spend(looksAround ? root : value, work);
      return found === undefined ? 'too-costly' : truthOf(found);
    } catch {
      return 'unreadable';
    }
  };
}

/** As FHIRPath reads a collection where it needs true or false: one item of any other kind is true. */
function truthOf(found: readonly unknown[]): Answer {
  if (found.length === 0) return 'nothing';
  if (found.length > 1) return 'unreadable';
  return found[0] !== false;
}

type Evaluate = (value: unknown, variables: object) => unknown[];

function compiled(expression: string, base: string): Evaluate {
  const ofResource = compile(expression, r4, options) as Evaluate;
  const ofElement = compile({ base, expression }, r4, options) as Evaluate;
  return (value, variables) =>
    isFields(value) && value.resourceType !== undefined ? ofResource(value, variables) : ofElement(value, variables);
}

const options = {
  traceFn: () => undefined,
  userInvocationTable: {
    matches: {
      fn: (inputs: unknown[], pattern: string) =>
        inputs.length === 1 ? [patternOf(pattern).test(String(inputs[0]))] : [],
      arity: { 1: ['String' as const] },
    },
  },
};

/** Many published patterns escape what needs none, which JavaScript takes only outside Unicode mode. */
function patternOf(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'su');
  } catch {
    return new RegExp(pattern, 's');
  }
}
