// The rules (invariants) of a type or an element, each where it is defined and nowhere where it is inherited.

const structureUrl = 'http://hl7.org/fhir/StructureDefinition/';

/** Repeated at every element without a source; they are kept at the types that define them. */
const ofEveryElement = { 'ele-1': 'Element', 'ext-1': 'Extension' };

/** @returns {{ constraints?: { key: string, severity?: 'warning', human: string, expression: string }[] }} */
export function constraintsOf(element, type) {
  const own = (element.constraint ?? []).filter((constraint) => isOwn(constraint, element, type));
  if (own.length === 0) return {};
  return {
    constraints: own.map(({ key, severity, human, expression }) => ({
      key,
      ...(severity === 'warning' ? { severity } : {}),
      human,
      expression,
    })),
  };
}

function isOwn({ key, source, expression }, { path }, type) {
  if (expression === undefined) return false;
  const definer = ofEveryElement[key];
  if (definer !== undefined) return path === definer && type === definer;
  return source === undefined || source === structureUrl + type;
}
