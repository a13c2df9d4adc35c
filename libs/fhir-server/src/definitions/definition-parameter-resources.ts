import type { SearchParameter } from 'fhir/r4';
import { definitionTypes, type DefinitionType } from './definition.js';
import {
  definitionModifiers,
  type DefinitionParameter,
  definitionParametersOf,
  definitionParameterUrl,
} from './definition-parameters.js';

type Base = SearchParameter['base'][number];

/** The parameters of definitions as resources: those that stored types share speak of definitions too, the others are added. */
export function withDefinitionParameters(definitions: readonly SearchParameter[]): SearchParameter[] {
  const uses = usesByUrl();
  const shared = definitions.map((definition) => extended(definition, uses.get(definition.url) ?? []));
  const known = new Set(definitions.map(({ url }) => url));
  const added = [...uses].flatMap(([url, some]) => (known.has(url) ? [] : made(url, some)));
  return [...shared, ...added];
}

interface Use {
  type: DefinitionType;
  parameter: DefinitionParameter;
}

function usesByUrl(): Map<string, Use[]> {
  const uses = new Map<string, Use[]>();
  for (const type of definitionTypes) {
    for (const parameter of definitionParametersOf(type)) {
      const url = definitionParameterUrl(type, parameter);
      uses.set(url, [...(uses.get(url) ?? []), { type, parameter }]);
    }
  }
  return uses;
}

function extended(definition: SearchParameter, uses: readonly Use[]): SearchParameter {
  // Of every resource already.
  if (uses.length === 0 || definition.base.includes('Resource')) return definition;
  const expression = [definition.expression, ...uses.map(expressionOf)].join(' | ');
  return { ...definition, base: [...definition.base, ...uses.map(({ type }) => type as Base)], expression };
}

function made(url: string, uses: readonly Use[]): SearchParameter[] {
  const [first] = uses;
  if (!first) return [];
  const { code, type, element } = first.parameter;
  return [
    {
      resourceType: 'SearchParameter',
      id: url.slice(url.lastIndexOf('/') + 1),
      url,
      version: '4.0.1',
      name: code,
      status: 'draft',
      description: `The element ${element} of ${uses.map((use) => use.type).join(', ')}.`,
      code,
      base: uses.map((use) => use.type as Base),
      type,
      expression: uses.map(expressionOf).join(' | '),
      multipleOr: true,
      multipleAnd: true,
      modifier: [...definitionModifiers[type]],
    },
  ];
}

function expressionOf({ type, parameter }: Use): string {
  return parameter.expression ?? `${type}.${parameter.element}`;
}
