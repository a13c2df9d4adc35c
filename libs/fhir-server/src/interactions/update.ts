import type { FhirResource } from 'fhir/r4';
import type { Stored, Write } from '#fhir-store';
import type { FhirRequest, FhirResponse } from '../operation.js';
import type { Serving, Target } from '../serving.js';
import { conditionsOf, type Place } from './asked-write.js';
import { bodyOf } from './create.js';
import { isOvertaken } from './overtaken.js';
import { perform } from './perform.js';
import { planUpdate } from './plan-update.js';
import { versionConflict } from './planned-write.js';
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

/** What is to be written when this resource takes the place of the version that the caller read. */
export async function updateWrites(
  { served, id, resource, version }: Target & { resource: FhirResource; version: number | undefined },
  request: FhirRequest,
  siblings: readonly FhirResource[],
): Promise<{ previous?: Stored; writes: Write[] }> {
  const conditions = version === undefined ? {} : { version };
  const { current, writes } = await planUpdate({ served, id, resource, conditions }, { request, siblings });
  return { ...(current ? { previous: current } : {}), writes };
}

/** Another writer came between our reading and our writing: to a client that named a version, its version has gone. */
export function asVersionConflict(thrown: unknown): unknown {
  return isOvertaken(thrown) ? versionConflict(thrown) : thrown;
}
