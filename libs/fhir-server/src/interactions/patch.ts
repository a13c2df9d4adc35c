import type { ServedType } from '../faces.js';
import type { FhirRequest, FhirResponse } from '../operation.js';
import type { Serving } from '../serving.js';
import { conditionsOf, type Place } from './asked-write.js';
import { patchIn } from './patch/patch.js';
import { perform } from './perform.js';

/** A resource changed here and there. https://hl7.org/fhir/R4/http.html#patch */
export async function patch(
  { served, place }: { served: ServedType; place: Place },
  request: FhirRequest,
  serving: Serving,
): Promise<FhirResponse> {
  const conditions = conditionsOf(request.headers);
  const body = request.resource ?? request.patch;
  return perform({ interaction: 'patch', served, place, patch: patchIn(body), conditions }, request, serving);
}
