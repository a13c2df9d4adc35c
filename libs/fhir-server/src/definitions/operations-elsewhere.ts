import type { Bundle, FhirResource, OperationDefinition } from 'fhir/r4';
import { owners, parseJson, type ServiceName, serviceNames, stringifyJson } from '#fhir';
import type { FhirRequest, FhirResponse } from '../operation.js';
import type { Serving } from '../serving.js';
import type { Definition, DefinitionType } from './definition.js';

/** Says that a service is asked for its own definitions only. */
const ownOnly = 'x-ginnel-definitions';

/** Definitions of the operations of services in other processes: to a caller all of them are one server. */
export async function operationsElsewhere(
  type: DefinitionType,
  { caller, act, now, headers }: FhirRequest,
  { askOwner, faces }: Serving,
): Promise<Definition[]> {
  if (type !== 'OperationDefinition' || !askOwner || headers[ownOnly] !== undefined) return [];
  const isElsewhere = (name: ServiceName): boolean => owners[name].every((owned) => !faces.typeNamed(owned));
  const url = 'OperationDefinition?_count=1000';
  const inner = { url, headers: { [ownOnly]: 'own' }, caller, act, now };
  const answers = await Promise.all(serviceNames.filter(isElsewhere).map((name) => askOwner(name, [inner])));
  return answers.flat().flatMap(definitionsIn);
}

function definitionsIn({ resource, content }: FhirResponse): Definition[] {
  const bundle = parseJson(content ?? (resource ? stringifyJson(resource) : '{}')) as Bundle;
  const found = (bundle.entry ?? []).flatMap(({ resource: one }) => (one ? [one as OperationDefinition] : []));
  const isDefinition = ({ resourceType }: FhirResource): boolean => resourceType === 'OperationDefinition';
  return found.filter(isDefinition).map((definition) => ({
    type: 'OperationDefinition',
    id: definition.id ?? definition.code,
    described: definition as unknown as Record<string, unknown>,
    read: () => definition,
  }));
}
