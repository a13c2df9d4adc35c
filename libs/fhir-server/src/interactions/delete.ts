import type { ServedType } from '../faces.js';
import type { FhirRequest, FhirResponse } from '../operation.js';
import type { Serving } from '../serving.js';
import { conditionsOf, type Place } from './asked-write.js';
import { perform } from './perform.js';

/** The end of a resource; its history stays. https://hl7.org/fhir/R4/http.html#delete */
export async function deleteResource(
  { served, place }: { served: ServedType; place: Place },
  request: FhirRequest,
  serving: Serving,
): Promise<FhirResponse> {
  const conditions = conditionsOf(request.headers);
  const { conditionalDeletes: atMost } = serving.limits;
  return perform({ interaction: 'delete', served, place, conditions, atMost }, request, serving);
}
