import { FhirError } from '#fhir';
import type { Stored } from '#fhir-store';
import type { FhirResource } from 'fhir/r4';
import type { ServedType } from '../faces.js';
import { type PlannedWrite, type Rules, writesOf } from './planned-write.js';
import { present } from './stored-response.js';

/** A new resource under the id that it bears. */
export async function planCreate(
  served: ServedType,
  resource: FhirResource,
  { request, siblings }: Rules,
): Promise<PlannedWrite> {
  const writes = await writesOf(served).create(resource, request, siblings);
  return { writes, target: { type: served.type, id: resource.id ?? '' }, status: 201 };
}

/** A resource under an id that the client chose, also one that was deleted. https://hl7.org/fhir/R4/http.html#upsert */
export async function planCreateAt(
  { served, resource, current }: { served: ServedType; resource: FhirResource; current: Stored | undefined },
  planning: Rules,
): Promise<PlannedWrite> {
  if (writesOf(served).clientIds !== true) throw mustBeThere(served, current);
  return current ? planRestored({ served, resource, current }, planning) : planCreate(served, resource, planning);
}

/**
 * What was deleted comes back as an update of what it was: by the rules of an update, so that nobody takes over the id of what
 * was another's. It goes on counting where it was deleted.
 */
async function planRestored(
  { served, resource, current }: { served: ServedType; resource: FhirResource; current: Stored },
  { request, siblings }: Rules,
): Promise<PlannedWrite> {
  const { type, id, version } = current;
  const last = await served.face.store.readVersion(type, id, version - 1, request.caller.audience);
  const writes = await writesOf(served).update(resource, { ...present(last, type), version }, request, siblings);
  return { writes, target: { type, id }, current, status: 201 };
}

function mustBeThere({ type }: ServedType, current: Stored | undefined): unknown {
  try {
    present(current, type);
  } catch (thrown) {
    if (!(thrown instanceof FhirError)) return thrown;
    const [issue] = thrown.issues;
    const diagnostics = `${issue?.diagnostics ?? ''} The server gives the id of a new ${type}: create it by POST.`;
    return FhirError.of(issue?.code ?? 'not-found', diagnostics);
  }
  throw new Error('A resource that is there was to be created.');
}
