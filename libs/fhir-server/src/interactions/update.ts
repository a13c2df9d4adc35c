import type { FhirRequest, FhirResponse } from '../operation.js';
import type { Serving } from '../serving.js';
import { conditionsOf, type Place } from './asked-write.js';
import { bodyOf } from './create.js';
import { perform } from './perform.js';
import type { ServedType } from '../faces.js';

/** A new version of a resource. https://hl7.org/fhir/R4/http.html#update */
export async function update(
  { served, place }: { served: ServedType; place: Place },
  request: FhirRequest,
  serving: Serving,
): Promise<FhirResponse> {
  const conditions = conditionsOf(request.headers);
  return perform({ interaction: 'update', served, place, resource: bodyOf(request), conditions }, request, serving);
}
