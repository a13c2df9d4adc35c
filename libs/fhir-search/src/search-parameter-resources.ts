import { readFileSync } from 'node:fs';
import type { SearchParameter as Definition } from 'fhir/r4';
import { loadedSearchParameters } from './loaded-parameters.js';
import { modifiersOf, targetModifiers } from './modifiers.js';
import { searchableTypes, searchParameter, searchParametersOf } from './parameters.js';
import type { SearchParameter } from './search.js';

type Said = NonNullable<Definition['modifier']>[number];

/** Every SearchParameter in use, as a resource: cut to the types served here, with the modifiers and comparators that work. */
export function searchParameterDefinitions(): readonly Definition[] {
  packaged ??= read().map(completed);
  return [...packaged, ...loadedSearchParameters().map(({ definition }) => completed(definition))];
}

export function searchParameterDefinition(url: string): Definition | undefined {
  return searchParameterDefinitions().find((definition) => definition.url === url);
}

let packaged: readonly Definition[] | undefined;

/** Read when first asked for: searching does not need them. */
function read(): Definition[] {
  const file = new URL('../generated/search-parameter-resources.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as Definition[];
}

function completed(definition: Definition): Definition {
  const parameters = parametersOf(definition);
  const modifier = [...new Set(parameters.flatMap(saidModifiers))];
  const chain = chainedCodes(parameters);
  return {
    ...definition,
    multipleOr: definition.type !== 'special',
    multipleAnd: true,
    ...(modifier.length === 0 ? {} : { modifier }),
    ...(comparators.has(definition.type) ? { comparator: [...allComparators] } : {}),
    ...(chain.length === 0 ? {} : { chain }),
  };
}

/** As each of its types has it. */
function parametersOf({ base, code, url }: Definition): SearchParameter[] {
  const types = base.some((type) => type === 'Resource' || type === 'DomainResource') ? searchableTypes() : base;
  const found = types.map((type) => searchParameter(type, code));
  return found.filter((parameter) => parameter?.url === url).filter((parameter) => parameter !== undefined);
}

function saidModifiers(parameter: SearchParameter): Said[] {
  const own = modifiersOf(parameter).map((modifier): Said => (modifier === 'of-type' ? 'ofType' : modifier));
  return targetModifiers(parameter).length > 0 ? [...own, 'type'] : own;
}

function chainedCodes(parameters: readonly SearchParameter[]): string[] {
  const targets = new Set(parameters.flatMap(targetModifiers));
  const codes = [...targets].flatMap((type) => searchParametersOf(type).map(({ code }) => code));
  return [...new Set(codes)].sort();
}

const comparators: ReadonlySet<string> = new Set(['date', 'number', 'quantity']);
const allComparators = ['eq', 'ne', 'gt', 'ge', 'lt', 'le', 'sa', 'eb', 'ap'] as const;
