import type { FhirResource } from 'fhir/r4';
import { FhirError, isFault, parseJson } from '#fhir';
import type { Stored } from '#fhir-store';
import type { ServedType } from '../faces.js';
import type { Conditions } from './asked-write.js';
import { patched, type Patch } from './patch/patch.js';
import { planReplacement } from './plan-update.js';
import { type PlannedWrite, type Planning, refuseUnmet } from './planned-write.js';
import { present } from './stored-response.js';

/** What is at an address, changed here and there. https://hl7.org/fhir/R4/http.html#patch */
export async function planPatch(
  { served, id, patch, conditions }: { served: ServedType; id: string; patch: Patch; conditions: Conditions },
  planning: Planning,
): Promise<PlannedWrite> {
  const { type, face } = served;
  const current = present(await face.store.read(type, id, planning.request.caller.audience), type);
  return planPatched({ served, current, patch, conditions }, planning);
}

/** A version that is there, changed: the whole of it must be valid then, and is an update like any other. */
export async function planPatched(
  { served, current, patch, conditions }: { served: ServedType; current: Stored; patch: Patch; conditions: Conditions },
  planning: Planning,
): Promise<PlannedWrite> {
  refuseUnmet(conditions, current);
  const resource = patched(patch, parseJson(current.content) as FhirResource, planning.seeking.limits);
  const issues = planning.validator.validate(resource, { expectedType: served.type });
  if (issues.some(isFault)) throw new FhirError(issues, { status: 422 });
  return planReplacement({ served, resource, current, conditions: {} }, planning);
}
