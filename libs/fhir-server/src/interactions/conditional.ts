import type { FhirResource } from 'fhir/r4';
import { FhirError } from '#fhir';
import type { HeldKey, Stored } from '#fhir-store';
import type { ServedType } from '../faces.js';
import type { FhirRequest } from '../operation.js';
import { refuseUnpermitted } from '../permission.js';
import { permittedCriteria } from '../search/permitted.js';
import { resolvedCriteria } from '../search/resolve-criteria.js';
import type { Asked } from './asked-write.js';
import { type Criteria, criteriaOf } from './conditional-criteria.js';
import { planCreate, planCreateAt } from './plan-create.js';
import { planDeletion } from './plan-delete.js';
import { planPatched } from './plan-patch.js';
import { planReplacement } from './plan-update.js';
import {
  ownWrite,
  type PlannedWrite,
  type Planning,
  refuseUnmet,
  type Seeking,
  versionConflict,
  writesOf,
} from './planned-write.js';

/** A condition, as one caller means it: what is outside his audience counts as not there. */
interface Condition extends Criteria {
  served: ServedType;
  request: FhirRequest;
  seeking: Seeking;
}

/** The one resource that the caller sees and that meets the criteria; several are refused. */
export async function matchOf(
  served: ServedType,
  parameters: URLSearchParams,
  asking: Pick<Planning, 'request' | 'seeking'>,
): Promise<Stored | undefined> {
  return match(conditionFor(served, parameters, asking));
}

/** The one that a conditional create or update would take for what it asks for. */
export async function existingOf(
  served: ServedType,
  parameters: URLSearchParams,
  asking: Pick<Planning, 'request' | 'seeking'>,
): Promise<Stored | undefined> {
  const condition = conditionFor(served, parameters, asking);
  const found = await match(condition);
  if (found) return found;
  const key = await freeKey(condition);
  return 'found' in key ? key.found : undefined;
}

/** Of all who ask for it at once, one makes the resource: it holds the criteria's key. https://hl7.org/fhir/R4/http.html#ccreate */
export async function planConditionalCreate(
  { served, resource, ifNoneExist }: Asked<'create'>,
  planning: Planning,
): Promise<PlannedWrite> {
  const condition = conditionFor(served, ifNoneExist ?? new URLSearchParams(), planning);
  const planned = await foundOr(condition, () => planCreate(served, resource, planning));
  if (!('found' in planned)) return planned;
  const { found } = planned;
  return { writes: [], target: found, current: found, status: 200 };
}

/** https://hl7.org/fhir/R4/http.html#cond-update */
export async function planConditionalUpdate(
  { served, resource, conditions }: Asked<'update'>,
  { criteria, planning }: { criteria: URLSearchParams; planning: Planning },
): Promise<PlannedWrite> {
  const condition = conditionFor(served, criteria, planning);
  const planned = await foundOr(condition, () => planMissing(served, resource, planning));
  if (!('found' in planned)) {
    if (conditions.version !== undefined || conditions.any === true) throw versionConflict();
    return planned;
  }
  const { found } = planned;
  if (resource.id !== undefined && resource.id !== found.id) {
    const diagnostics = 'The body bears another id than the resource that meets the criteria; leave it out.';
    throw FhirError.of('value', diagnostics, { expression: `${served.type}.id` });
  }
  return planReplacement({ served, resource: { ...resource, id: found.id }, current: found, conditions }, planning);
}

export async function planConditionalPatch(
  { served, patch, conditions }: Asked<'patch'>,
  { criteria, planning }: { criteria: URLSearchParams; planning: Planning },
): Promise<PlannedWrite> {
  const current = await matchOf(served, criteria, planning);
  if (!current)
    throw FhirError.of('not-found', `There is no ${served.type} that meets the criteria and that you may see.`);
  return planPatched({ served, current, patch, conditions }, planning);
}

/** None is what was wanted; several only where the server was told to take them. */
export async function planConditionalDelete(
  { served, conditions, atMost = 1 }: Asked<'delete'>,
  { criteria, planning }: { criteria: URLSearchParams; planning: Planning },
): Promise<PlannedWrite> {
  const condition = conditionFor(served, criteria, planning);
  const found = await matches(condition, atMost + 1);
  if (found.length > atMost) throw severalMatch(served);
  const [first] = found;
  if (!first) {
    refuseUnmet(conditions, undefined);
    return { writes: [], target: { type: served.type, id: '' }, status: 204 };
  }
  const plans: PlannedWrite[] = [];
  for (const current of found) plans.push(await planDeletion({ served, current, conditions }, planning));
  return { writes: plans.flatMap(({ writes }) => writes), target: first, current: first, status: 204 };
}

/** What requests for the same condition wait for each other by. */
export function conditionKey({ writes }: ServedType, { normalised }: Criteria, { caller }: FhirRequest): string {
  const audience = writes?.isPublic === true ? 'public' : [...new Set(caller.audience)].sort().join(',');
  return `condition|${audience}|${normalised}`;
}

function conditionFor(
  served: ServedType,
  parameters: URLSearchParams,
  { request, seeking }: Pick<Planning, 'request' | 'seeking'>,
): Condition {
  return { served, request, seeking, ...criteriaOf(served.type, parameters, seeking) };
}

async function foundOr(
  condition: Condition,
  plan: () => Promise<PlannedWrite>,
): Promise<{ found: Stored } | PlannedWrite> {
  const found = await match(condition);
  if (found) return { found };
  const key = await freeKey(condition);
  if ('found' in key) return key;
  try {
    return holding(await plan(), key);
  } catch (thrown) {
    // Another process may have made it meanwhile, and a rule found it there.
    const late = thrown instanceof FhirError ? await match(condition) : undefined;
    if (!late) throw thrown;
    return { found: late };
  }
}

/**
 * Nobody holds the key; or its holder, which was changed since and no longer meets the criteria, gives it up. A holder that
 * is as it was made is the one: its body may never have met the criteria that it was sent with.
 */
async function freeKey(condition: Condition): Promise<HeldKey | { found: Stored }> {
  const { served, request } = condition;
  const key = conditionKey(served, condition, request);
  const holder = await served.face.store.holderOf(key);
  if (!holder) return { key };
  if (holder.deleted) return { key, instead: holder };
  const found = await match(condition);
  if (found) return { found };
  const current = await served.face.store.read(holder.type, holder.id, request.caller.audience);
  return current && !current.deleted && current.version === 1 ? { found: current } : { key, instead: holder };
}

function holding(planned: PlannedWrite, key: HeldKey): PlannedWrite {
  const own = ownWrite(planned.writes, planned.target);
  const writes = planned.writes.map((write) =>
    write === own ? { ...write, holds: [...(write.holds ?? []), key] } : write,
  );
  return { ...planned, writes };
}

/** A client may choose the id of what does not meet the criteria yet, where it may choose ids at all. */
async function planMissing(served: ServedType, resource: FhirResource, planning: Planning): Promise<PlannedWrite> {
  const { request } = planning;
  const { type, face } = served;
  if (resource.id === undefined) return planCreate(served, { ...resource, id: request.newId() }, planning);
  if (writesOf(served).clientIds !== true) {
    const diagnostics = `The server gives the id of a new ${type}; leave it out, or name the criteria of one that is there.`;
    throw FhirError.of('value', diagnostics, { expression: `${type}.id` });
  }
  const current = await face.store.read(type, resource.id, request.caller.audience);
  if (!current || current.deleted) return planCreateAt({ served, resource, current }, planning);
  const diagnostics = `A ${type} with this id is there, and it does not meet the criteria.`;
  throw FhirError.of('duplicate', diagnostics, { expression: `${type}.id` });
}

async function match(condition: Condition): Promise<Stored | undefined> {
  const [found, another] = await matches(condition, 2);
  if (another) throw severalMatch(condition.served);
  return found;
}

async function matches({ served, request, seeking, ...asked }: Condition, count: number): Promise<Stored[]> {
  const { type, face } = served;
  const { caller } = request;
  refuseUnpermitted(caller, { interaction: 'search', type });
  const permitted = permittedCriteria(asked.criteria, caller);
  const asking = { type, store: face.store, reader: caller.audience };
  const criteria = await resolvedCriteria(permitted, asking, seeking);
  const applied = new URLSearchParams();
  const query = { type, criteria, includes: [], sort: [], count, total: 'none' as const, applied };
  return (await face.store.search(query, caller.audience)).matches;
}

function severalMatch({ type }: ServedType): FhirError {
  return FhirError.of('multiple-matches', `More than one ${type} meets the criteria; name one by its id.`);
}
