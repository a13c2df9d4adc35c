import type { SearchParameterType } from '#fhir-search';
import type { DefinitionType } from './definition.js';

/** A search parameter of a definition: the element that it looks at, and how. https://hl7.org/fhir/R4/searchparameter-registry.html */
export interface DefinitionParameter {
  code: string;
  type: Extract<SearchParameterType, 'token' | 'string' | 'uri' | 'reference'>;
  element: string;
  /** Where it looks into the element. */
  expression?: string;
}

const ofAll: readonly DefinitionParameter[] = [
  { code: '_id', type: 'token', element: 'id' },
  { code: 'url', type: 'uri', element: 'url' },
  { code: 'name', type: 'string', element: 'name' },
  { code: 'title', type: 'string', element: 'title' },
  { code: 'version', type: 'token', element: 'version' },
  { code: 'status', type: 'token', element: 'status' },
];

const more: Readonly<Record<DefinitionType, readonly DefinitionParameter[]>> = {
  StructureDefinition: [
    { code: 'type', type: 'uri', element: 'type' },
    { code: 'base', type: 'reference', element: 'baseDefinition' },
    { code: 'kind', type: 'token', element: 'kind' },
    { code: 'abstract', type: 'token', element: 'abstract' },
    { code: 'derivation', type: 'token', element: 'derivation' },
  ],
  SearchParameter: [
    { code: 'code', type: 'token', element: 'code' },
    { code: 'base', type: 'token', element: 'base' },
    { code: 'type', type: 'token', element: 'type' },
    { code: 'target', type: 'token', element: 'target' },
  ],
  OperationDefinition: [
    { code: 'code', type: 'token', element: 'code' },
    { code: 'kind', type: 'token', element: 'kind' },
    { code: 'system', type: 'token', element: 'system' },
    { code: 'type', type: 'token', element: 'type' },
    { code: 'instance', type: 'token', element: 'instance' },
    { code: 'base', type: 'reference', element: 'base' },
  ],
  MessageDefinition: [
    { code: 'category', type: 'token', element: 'category' },
    {
      code: 'context',
      type: 'token',
      element: 'useContext',
      expression: '(MessageDefinition.useContext.value as CodeableConcept)',
    },
  ],
  CapabilityStatement: [{ code: 'fhirversion', type: 'token', element: 'fhirVersion' }],
};

/** SearchParameter has no title in R4. */
const untitled: ReadonlySet<DefinitionType> = new Set(['SearchParameter']);

export function definitionParametersOf(type: DefinitionType): DefinitionParameter[] {
  return [...ofAll.filter(({ code }) => code !== 'title' || !untitled.has(type)), ...more[type]];
}

/** What may stand behind the parameter's code. */
export const definitionModifiers = {
  token: ['not', 'missing'],
  string: ['contains', 'exact', 'missing'],
  uri: ['below', 'above', 'missing'],
  reference: ['missing'],
} as const satisfies Record<DefinitionParameter['type'], readonly string[]>;

/** Where the parameter is defined. */
export function definitionParameterUrl(type: DefinitionType, { code }: DefinitionParameter): string {
  const name = code === '_id' ? 'Resource-id' : inAll.has(code) ? `conformance-${code}` : `${type}-${code}`;
  return `http://hl7.org/fhir/SearchParameter/${name}`;
}

const inAll: ReadonlySet<string> = new Set(['url', 'name', 'title', 'version', 'status', 'context']);
