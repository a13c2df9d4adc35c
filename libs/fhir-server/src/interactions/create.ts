import type { FhirResource } from 'fhir/r4';
import { FhirError } from '#fhir';
import type { Stored } from '#fhir-store';
import type { ServedType } from '../faces.js';
import type { FhirRequest, FhirResponse } from '../operation.js';
import type { ResourceWrites } from '../resource-writes.js';
import type { Serving } from '../serving.js';
import { committedAfresh } from './overtaken.js';
import { writtenResponse } from './stored-response.js';

/** A new resource under an id that the server gives. https://hl7.org/fhir/R4/http.html#create */
export async function create(served: ServedType, request: FhirRequest, { baseUrl }: Serving): Promise<FhirResponse> {
  if (request.headers['if-none-exist'] !== undefined) {
    throw FhirError.of(
      'not-supported',
      'Conditional create (If-None-Exist) is not served; send the request without it.',
      {
        status: 501,
      },
    );
  }
  const resource: FhirResource = { ...bodyOf(request), id: request.newId() };
  const committed = await committedAfresh({
    plan: () => writesOf(served).create(resource, request, []),
    commit: (writes) => served.face.store.commit(writes, request.act),
  });
  const stored = writtenOf(committed, resource);
  return writtenResponse(stored, { status: 201, baseUrl, headers: request.headers });
}

export function bodyOf({ resource }: FhirRequest): FhirResource {
  if (!resource) throw FhirError.of('required', 'The body is empty; send one resource.');
  return resource;
}

export function writesOf({ type, writes }: ServedType): ResourceWrites {
  if (writes) return writes;
  throw FhirError.of('not-supported', `A ${type} is not written by clients here.`, { status: 405 });
}

/** Of all that was committed, the resource that was asked for: by its id, or the first of its type. */
export function writtenOf(committed: readonly Stored[], { resourceType, id }: FhirResource): Stored {
  const ofType = committed.filter(({ type }) => type === resourceType);
  const stored = ofType.find((one) => one.id === id) ?? ofType[0];
  if (!stored) throw new Error(`The writes of a ${resourceType} hold no ${resourceType}.`);
  return stored;
}
