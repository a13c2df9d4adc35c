import type { OperationDefinition as Definition, OperationDefinitionParameter } from 'fhir/r4';
import type { OperationDefinition, OperationParameter } from '../operation.js';

/** The id of an operation's definition: its types share a code, not a definition. */
export function operationDefinitionId({ code, types }: OperationDefinition): string {
  const [only] = types;
  return only !== undefined && types.length === 1 ? `${only}-${code}` : code;
}

export function operationDefinitionUrl(baseUrl: string, definition: OperationDefinition): string {
  return `${baseUrl}/OperationDefinition/${operationDefinitionId(definition)}`;
}

/** An operation in FHIR's words. https://hl7.org/fhir/R4/operationdefinition.html */
export function operationDefinitionOf(
  definition: OperationDefinition,
  { baseUrl, version, date }: { baseUrl: string; version: string; date: Date },
): Definition {
  const { code, title, description, system, types, type = true, instance, affectsState } = definition;
  const parameters = (definition.parameters ?? []).map(parameterOf);
  return {
    resourceType: 'OperationDefinition',
    id: operationDefinitionId(definition),
    url: operationDefinitionUrl(baseUrl, definition),
    version,
    name: nameOf(operationDefinitionId(definition)),
    title,
    status: 'active',
    kind: 'operation',
    date: date.toISOString(),
    description,
    affectsState,
    code,
    ...(types.length === 0 ? {} : { resource: [...types] as NonNullable<Definition['resource']> }),
    system,
    type: type && types.length > 0,
    instance,
    ...(parameters.length === 0 ? {} : { parameter: parameters }),
  };
}

function parameterOf({
  name,
  use,
  min,
  max,
  type,
  documentation,
  parts = [],
}: OperationParameter): OperationDefinitionParameter {
  const part = parts.map((each) => parameterOf({ ...each, use }));
  return {
    name,
    use,
    min,
    max,
    documentation,
    ...(type === undefined ? {} : { type: type as NonNullable<OperationDefinitionParameter['type']> }),
    ...(part.length === 0 ? {} : { part }),
  };
}

/** `ValueSet-expand` → `ValueSetExpand`: a name that a program can use (opd-0). */
function nameOf(id: string): string {
  const words = id.split('-').filter((word) => word !== '');
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
