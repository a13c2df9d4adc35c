import type { FhirResource } from 'fhir/r4';
import { everyone, FhirError } from '#fhir';
import type { Stored, Write } from '#fhir-store';
import { ifMatchOf } from '../headers.js';
import type { FhirRequest, FhirResponse } from '../operation.js';
import type { Serving, Target } from '../serving.js';
import { bodyOf, writesOf, writtenOf } from './create.js';
import { committedAfresh, isOvertaken } from './overtaken.js';
import { present, writtenResponse } from './stored-response.js';

/** A new version of a resource that is there. https://hl7.org/fhir/R4/http.html#update */
export async function update(target: Target, request: FhirRequest, { baseUrl }: Serving): Promise<FhirResponse> {
  const version = ifMatchOf(request.headers['if-match']);
  const resource = bodyOf(request);
  const stored = await committedAfresh({
    plan: () => updateWrites({ ...target, resource, version }, request, []),
    commit: ({ previous, writes }) => committed(previous, writes),
    beforeNext: ({ previous }, overtaken) => refuseChanged(previous, overtaken),
  });
  return writtenResponse(stored, { status: 200, baseUrl, headers: request.headers });

  async function committed(previous: Stored, writes: Write[]): Promise<Stored> {
    if (writes.length === 0) return previous;
    return writtenOf(await target.served.face.store.commit(writes, request.act), resource);
  }

  /** Only what is written beside the resource may have changed: the resource itself is the client's to read again. */
  async function refuseChanged({ type, id, version: read }: Stored, overtaken: FhirError): Promise<void> {
    const current = await target.served.face.store.read(type, id, everyone);
    if (current?.version !== read) throw version === undefined ? overtaken : versionConflict(overtaken);
  }
}

/** What is to be written when this resource takes the place of the version that the caller read. */
export async function updateWrites(
  { served, id, resource, version }: Target & { resource: FhirResource; version: number | undefined },
  request: FhirRequest,
  siblings: readonly FhirResource[],
): Promise<{ previous: Stored; writes: Write[] }> {
  const { type, face } = served;
  if (resource.id !== id) {
    throw FhirError.of('value', `The body must bear the id of the address it is sent to.`, {
      expression: `${type}.id`,
    });
  }
  const previous = present(await face.store.read(type, id, request.caller.audience), type);
  if (version !== undefined && version !== previous.version) throw versionConflict();
  return { previous, writes: await writesOf(served).update(resource, previous, request, siblings) };
}

/** Another writer came between our reading and our writing: to a client that named a version, its version has gone. */
export function asVersionConflict(thrown: unknown): unknown {
  return isOvertaken(thrown) ? versionConflict(thrown) : thrown;
}

function versionConflict(cause?: unknown): FhirError {
  const diagnostics =
    'This is not the version that is there now. Read it again, apply your change to it and send its ETag.';
  return FhirError.of('conflict', diagnostics, { status: 412, cause });
}
