import { FhirError } from '#fhir';
import type { Stored } from '#fhir-store';
import type { ServedType } from '../faces.js';
import type { Conditions } from './asked-write.js';
import { type PlannedWrite, type Rules, refuseUnmet, versionConflict, writesOf } from './planned-write.js';
import { present } from './stored-response.js';

/** The end of a resource: its history stays. A second delete finds what it wanted and writes nothing. */
export async function planDelete(
  { served, id, conditions }: { served: ServedType; id: string; conditions: Conditions },
  planning: Rules,
): Promise<PlannedWrite> {
  const { type, face } = served;
  const current = await face.store.read(type, id, planning.request.caller.audience);
  if (!current?.deleted) return planDeletion({ served, current: present(current, type), conditions }, planning);
  // The same delete, sent again because its answer was lost.
  const { version } = conditions;
  if (version !== undefined && version !== current.version - 1 && version !== current.version) throw versionConflict();
  return { writes: [], target: { type, id }, current, status: 204 };
}

/** The end of a version that is there. */
export async function planDeletion(
  { served, current, conditions }: { served: ServedType; current: Stored; conditions: Conditions },
  { request }: Rules,
): Promise<PlannedWrite> {
  const { type, id } = current;
  const rules = writesOf(served);
  if (!rules.delete) {
    throw FhirError.of(
      'not-supported',
      `A ${type} is not deleted here; its status says that it is over or was an error.`,
      {
        status: 405,
      },
    );
  }
  refuseUnmet(conditions, current);
  return { writes: await rules.delete(current, request), target: { type, id }, current, status: 204 };
}
