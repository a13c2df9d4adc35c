/** Parameters about the result, not the resources. https://hl7.org/fhir/R4/search.html#return */
export const resultParameterNames = [
  '_count',
  '_sort',
  '_total',
  '_summary',
  '_elements',
  '_include',
  '_revinclude',
  '_cursor',
] as const;

/** About the form of the answer: the face of the server reads them. */
export const aboutForm: ReadonlySet<string> = new Set(['_format', '_pretty']);
