import type { FhirResource } from 'fhir/r4';
import { type Audience, bearsLabel, FhirError, organisationsOf } from '#fhir';
import type { Stored, Write } from '#fhir-store';
import type { ServedType } from '../faces.js';
import { refusePart } from '../formats/subset.js';
import type { Conditions } from './asked-write.js';
import { planCreateAt } from './plan-create.js';
import {
  changesNothing,
  ownWrite,
  type PlannedWrite,
  type Rules,
  refuseUnmet,
  versionConflict,
  writesOf,
} from './planned-write.js';
import { isStored } from './same-content.js';

/** This resource in the place of what is at its address. */
export async function planUpdate(
  {
    served,
    id,
    resource,
    conditions,
  }: { served: ServedType; id: string; resource: FhirResource; conditions: Conditions },
  planning: Rules,
): Promise<PlannedWrite> {
  const { type, face } = served;
  if (resource.id !== id) {
    throw FhirError.of('value', 'The body must bear the id of the address it is sent to.', {
      expression: `${type}.id`,
    });
  }
  const current = await face.store.read(type, id, planning.request.caller.audience);
  if (current && !current.deleted) return planReplacement({ served, resource, current, conditions }, planning);
  const planned = await planCreateAt({ served, resource, current }, planning);
  if (conditions.version !== undefined || conditions.any === true) throw versionConflict();
  return planned;
}

/** This resource in the place of a version that is there; where it says the same, nothing is written. */
export async function planReplacement(
  {
    served,
    resource,
    current,
    conditions,
  }: {
    served: ServedType;
    resource: FhirResource;
    current: Stored;
    conditions: Conditions;
  },
  { request, siblings }: Rules,
): Promise<PlannedWrite> {
  refuseUnmet(conditions, current);
  refusePart(resource);
  const planned = { target: { type: current.type, id: current.id }, current, status: 200 as const };
  refuseHiding(resource, request.caller.audience);
  const rules = writesOf(served);
  const isSame = isStored(resource, current.content);
  if (isSame && siblings.length === 0) return { ...planned, writes: [] };
  try {
    const writes = await rules.update(resource, current, request, siblings);
    const isDone = isSame ? !isWidened(writes, current) : changesNothing(writes, current);
    return { ...planned, writes: isDone ? [] : writes };
  } catch (thrown) {
    // A rule that refuses the change has nothing to refuse where nothing changes.
    if (isSame && thrown instanceof FhirError && thrown.status < 500) return { ...planned, writes: [] };
    throw thrown;
  }
}

/** Whoever may change what others work with does not take it from their sight with a label that he could not take away. */
function refuseHiding({ resourceType, meta }: FhirResource, reader: Audience): void {
  if (bearsLabel(reader, meta?.security)) return;
  const expression = `${resourceType}.meta.security`;
  const diagnostics =
    'You would not see it again: a record is labelled restricted with the scope that shows such records.';
  throw FhirError.of('forbidden', diagnostics, { expression });
}

/** True where it is only seen by more than before, because of what is written beside it. */
function isWidened(writes: readonly Write[], current: Stored): boolean {
  const own = ownWrite(writes, current);
  return writes.length === 1 && own?.event === undefined && organisationsOf(own?.audience ?? []).some(isNew(current));
}

function isNew({ audience }: Stored): (organisation: string) => boolean {
  return (organisation) => !organisationsOf(audience).includes(organisation);
}
