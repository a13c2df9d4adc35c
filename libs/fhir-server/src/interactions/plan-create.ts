import { FhirError } from '#fhir';
import type { Stored, Write } from '#fhir-store';
import type { FhirResource } from 'fhir/r4';
import type { ServedType } from '../faces.js';
import { type PlannedWrite, type Rules, ownWrite, writesOf } from './planned-write.js';
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
  const planned = await planCreate(served, resource, planning);
  if (!current) return planned;
  const own = ownWrite(planned.writes, planned.target);
  return {
    ...planned,
    current,
    writes: planned.writes.map((write) => (write === own ? restored(write, current) : write)),
  };
}

/** What comes back goes on counting where it was deleted. */
function restored(write: Write, { version }: Stored): Write {
  return write.interaction === 'create' ? { ...write, interaction: 'update', version } : write;
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
