import { type Audience, FhirError } from '#fhir';
import type { Stored, Write } from '#fhir-store';
import type { FhirResource } from 'fhir/r4';
import type { ServedType } from '../faces.js';
import { changesNothing, ownWrite, type PlannedWrite, type Rules, writesOf } from './planned-write.js';
import { present } from './stored-response.js';

/** A new resource under the id that it bears. */
export async function planCreate(
  served: ServedType,
  resource: FhirResource,
  { request, siblings }: Rules,
): Promise<PlannedWrite> {
  const writes = await writesOf(served).create(resource, request, siblings);
  const target = { type: served.type, id: resource.id ?? '' };
  const current = await takenFor(served, writes, request.caller.audience);
  return current ? { writes: [], target, current, status: 200 } : { writes, target, status: 201 };
}

/** What a rule takes it for: one that is there and says the same already. */
async function takenFor(
  { type, face }: ServedType,
  writes: readonly Write[],
  reader: Audience,
): Promise<Stored | undefined> {
  const own = ownWrite(writes, { type, id: '' });
  if (writes.length !== 1 || own?.interaction !== 'update' || own.event !== undefined) return undefined;
  const current = await face.store.read(type, own.resource.id ?? '', reader);
  return current && changesNothing(writes, current) ? current : undefined;
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
