import type { FhirResource } from 'fhir/r4';
import { FhirError, isFault, parseJson, withLiteralsOf } from '#fhir';
import type { FhirRequest, FhirResponse } from '../operation.js';
import { refuseUnpermitted } from '../permission.js';
import type { Serving } from '../serving.js';
import type { ServedType } from '../faces.js';
import { conditionsOf } from './asked-write.js';
import { perform } from './perform.js';
import { present } from './stored-response.js';

/** What is to be there, made of what is there. */
export type Change = (current: FhirResource) => FhirResource;

const attempts = 25;

/**
 * The update that an operation on an instance asks for in other words: role, scopes, labels, structure and every rule of the type
 * are held as of a plain update. Where it comes to what is there already, nothing is written. With If-Match it is done to that
 * version alone; without, to whatever is there.
 */
export async function updateByOperation(request: FhirRequest, change: Change, serving: Serving): Promise<FhirResponse> {
  const served = servedIn(request.type, serving);
  refuseUnpermitted(request.caller, { interaction: 'update', type: served.type });
  const conditions = conditionsOf(request.headers);
  for (let left = attempts - 1; ; left--) {
    const { id = '', caller } = request;
    const stored = present(await served.face.store.read(served.type, id, caller.audience), served.type);
    const current = parseJson(stored.content) as FhirResource;
    const resource = withLiteralsOf(current, change(current));
    refuseFaults(resource, served, serving);
    const meant = conditions.version === undefined ? { ...conditions, version: stored.version } : conditions;
    try {
      return await perform(
        { interaction: 'update', served, place: { id }, resource, conditions: meant },
        request,
        serving,
      );
    } catch (thrown) {
      // Somebody changed it meanwhile: what was asked is done to what is there now.
      if (left > 0 && conditions.version === undefined && isOvertaken(thrown)) continue;
      throw thrown;
    }
  }
}

/** The create that an operation asks for in other words, held to all that a plain one is. */
export async function createByOperation(
  request: FhirRequest,
  resource: FhirResource,
  serving: Serving,
): Promise<FhirResponse> {
  const served = servedIn(resource.resourceType, serving);
  refuseUnpermitted(request.caller, { interaction: 'create', type: served.type });
  refuseFaults(resource, served, serving);
  const made = { ...resource, id: request.newId() };
  return perform({ interaction: 'create', served, resource: made }, request, serving);
}

function servedIn(type = '', { faces }: Serving): ServedType {
  const served = faces.typeNamed(type);
  if (!served) throw FhirError.of('not-found', `${type} is not served here.`);
  return served;
}

function refuseFaults(resource: FhirResource, { type }: ServedType, { validator }: Serving): void {
  const issues = validator.validate(resource, { expectedType: type });
  if (issues.some(isFault)) throw new FhirError(issues, { status: 422 });
}

function isOvertaken(thrown: unknown): boolean {
  return thrown instanceof FhirError && thrown.status === 412;
}
