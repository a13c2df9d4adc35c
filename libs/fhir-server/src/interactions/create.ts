import type { FhirResource } from 'fhir/r4';
import { FhirError } from '#fhir';
import type { ServedType } from '../faces.js';
import type { FhirRequest, FhirResponse } from '../operation.js';
import type { Serving } from '../serving.js';
import { ifNoneExistOf } from './conditional-criteria.js';
import { perform } from './perform.js';

/** A new resource under an id that the server gives. https://hl7.org/fhir/R4/http.html#create */
export async function create(served: ServedType, request: FhirRequest, serving: Serving): Promise<FhirResponse> {
  const resource: FhirResource = { ...bodyOf(request), id: request.newId() };
  const ifNoneExist = ifNoneExistOf(request.headers['if-none-exist'], served.type);
  const asked = { served, interaction: 'create' as const, resource, ...(ifNoneExist ? { ifNoneExist } : {}) };
  return perform(asked, request, serving);
}

export function bodyOf({ resource }: FhirRequest): FhirResource {
  if (!resource) throw FhirError.of('required', 'The body is empty; send one resource.');
  return resource;
}
