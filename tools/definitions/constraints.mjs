// The rules (invariants) of a type or an element, each where it is defined and nowhere where it is inherited.

const structureUrl = 'http://hl7.org/fhir/StructureDefinition/';

/** Repeated at every element without a source; they are kept at the types that define them. */
const ofEveryElement = { 'ele-1': 'Element', 'ext-1': 'Extension' };

/** @returns {{ constraints?: { key: string, severity?: 'warning', human: string, expression: string }[] }} */
export function constraintsOf(element, type) {
  const own = (element.constraint ?? []).filter((constraint) =>
    isOwnConstraint(constraint, element, structureUrl + type),
  );
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

/** Whether the type or profile of this url added the rule to the element. */
export function isOwnConstraint({ key, source, expression }, { path }, url) {
  if (expression === undefined) return false;
  const definer = ofEveryElement[key];
  if (definer !== undefined) return path === definer && url === structureUrl + definer;
  return source === undefined || source === url;
}
