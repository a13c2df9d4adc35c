import { FhirError } from '#fhir';
import type { Stored } from '#fhir-store';
import { contentResponse } from '../binary.js';
import { isKnown, isUnmodified } from '../headers.js';
import type { FhirRequest, FhirResponse } from '../operation.js';
import type { Target } from '../serving.js';
import { present, storedResponse, versionHeaders } from './stored-response.js';

/** The current version. https://hl7.org/fhir/R4/http.html#read */
export async function read({ served, id }: Target, request: FhirRequest): Promise<FhirResponse> {
  return servedResponse(
    present(await served.face.store.read(served.type, id, request.caller.audience), served.type),
    request,
  );
}

/** One version. https://hl7.org/fhir/R4/http.html#vread */
export async function vread(
  { served, id, version }: Target & { version: string },
  request: FhirRequest,
): Promise<FhirResponse> {
  const { type, face } = served;
  if (!/^[1-9]\d{0,8}$/.test(version)) throw FhirError.of('not-found', `Versions of a ${type} are counted 1, 2, 3.`);
  return servedResponse(
    present(await face.store.readVersion(type, id, Number(version), request.caller.audience), type),
    request,
  );
}

/** 304 where the caller has it already. */
function servedResponse(stored: Stored, { headers }: FhirRequest): FhirResponse {
  const { version, lastUpdated } = stored;
  if (isKnown(version, headers) || isUnmodified(lastUpdated, headers))
    return { status: 304, headers: versionHeaders(stored) };
  return (stored.type === 'Binary' ? contentResponse(stored, headers) : undefined) ?? storedResponse(stored);
}
