import { type DefinitionType, isDefinitionType } from './definition.js';

/** What an address asks of definitions; they come from the build and are never written. */
export type DefinitionRoute = { pattern: string } & (
  | { interaction: 'search-definitions'; type: DefinitionType; form: boolean }
  | { interaction: 'read-definition'; type: DefinitionType; id: string }
);

/** By method; undefined for what is no address of definitions. */
export function definitionMethods(
  [type = '', second, ...beyond]: readonly string[],
  checkedId: (id: string) => string,
): Partial<Record<'GET' | 'POST', DefinitionRoute>> | undefined {
  if (!isDefinitionType(type) || beyond.length > 0 || second?.startsWith('$') === true) return undefined;
  const pattern = '/fhir/:type';
  if (second === undefined) return { GET: { interaction: 'search-definitions', type, form: false, pattern } };
  if (second === '_search')
    return { POST: { interaction: 'search-definitions', type, form: true, pattern: `${pattern}/_search` } };
  if (second === '_history') return undefined;
  return { GET: { interaction: 'read-definition', type, id: checkedId(second), pattern: `${pattern}/:id` } };
}
