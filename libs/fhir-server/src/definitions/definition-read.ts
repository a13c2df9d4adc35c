import { FhirError } from '#fhir';
import { preferOf } from '../headers.js';
import type { FhirRequest, FhirResponse } from '../operation.js';
import type { Serving } from '../serving.js';
import { operationsElsewhere } from './operations-elsewhere.js';
import type { DefinitionType } from './definition.js';

/** A definition by its id. It has no versions: it comes with the release. */
export async function readDefinition(
  { type, id }: { type: DefinitionType; id: string },
  request: FhirRequest,
  serving: Serving,
): Promise<FhirResponse> {
  const { query, headers } = request;
  if (query.size > 0 && !preferOf(headers).lenient)
    throw FhirError.of('not-supported', 'This address takes no parameters but _format, _summary and _elements.');
  const { definitions } = serving;
  const definition =
    definitions.find(type, id) ?? definitions.find(type, id, await operationsElsewhere(type, request, serving));
  if (!definition) throw FhirError.of('not-found', `There is no ${type} at this address.`);
  return { status: 200, resource: definition.read() };
}
