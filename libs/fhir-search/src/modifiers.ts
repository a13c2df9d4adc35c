import { indexedElementTypes, searchableTypes, searchParameter } from './parameters.js';
import type { SearchModifier, SearchParameter } from './search.js';

/** Types of which one is part of another, and the parameter that says of which. */
const hierarchies: ReadonlyMap<string, string> = new Map([
  ['Location', 'partof'],
  ['Organization', 'partof'],
  ['Encounter', 'part-of'],
]);

/** The parameter by which resources of this type form a tree, for `:above` and `:below`; undefined where they form none. */
export function hierarchyOf(type: string): SearchParameter | undefined {
  const code = hierarchies.get(type);
  return code === undefined ? undefined : searchParameter(type, code);
}

/** The targets of a reference that form a tree: `location:below=1` is asked of these alone. */
export function hierarchicalTargets(parameter: SearchParameter): string[] {
  return parameter.targets.filter((type) => hierarchies.has(type));
}

/** The types that may stand as modifier of a reference, as in `subject:Patient`. */
export function targetModifiers(parameter: SearchParameter): string[] {
  const isReference = parameter.type === 'reference' && mayBe(parameter, 'Reference');
  return isReference ? searchableTypes().filter((type) => parameter.targets.includes(type)) : [];
}

/** https://hl7.org/fhir/R4/search.html#modifiers: those that can find something under this parameter. */
export function modifiersOf(parameter: SearchParameter): readonly SearchModifier[] {
  switch (parameter.type) {
    case 'string':
      return ['missing', 'exact', 'contains'];
    case 'uri':
      return ['missing', 'above', 'below'];
    case 'token':
      return ['missing', 'not', ...tokenModifiers(parameter)];
    case 'reference':
      return ['missing', ...referenceModifiers(parameter)];
    case 'composite':
      return [];
    default:
      return ['missing'];
  }
}

function tokenModifiers(parameter: SearchParameter): SearchModifier[] {
  const isCoded = mayBe(parameter, 'code', 'Coding', 'CodeableConcept');
  const hasText = mayBe(parameter, 'Coding', 'CodeableConcept', 'Identifier');
  return [
    ...(isCoded ? (['in', 'not-in', 'above', 'below'] as const) : []),
    ...(hasText ? (['text'] as const) : []),
    ...(mayBe(parameter, 'Identifier') ? (['of-type'] as const) : []),
  ];
}

function referenceModifiers(parameter: SearchParameter): SearchModifier[] {
  return [
    ...(mayBe(parameter, 'Reference') ? (['identifier'] as const) : []),
    ...(hierarchicalTargets(parameter).length > 0 ? (['above', 'below'] as const) : []),
  ];
}

/** Where only FHIRPath says what is indexed, it may be of any type. */
function mayBe(parameter: SearchParameter, ...types: readonly string[]): boolean {
  const known = indexedElementTypes(parameter);
  return known === undefined || known.some((type) => types.includes(type));
}
