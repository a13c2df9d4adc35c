import type { Binary, FhirResource } from 'fhir/r4';
import { error, FhirError, parseJson } from '#fhir';
import { plannedCommit, type Stored, type Write, withIds } from '#fhir-store';
import type { Validator } from '#fhir-validation';
import type { ServedType } from '../faces.js';
import { etagOf } from '../headers.js';
import type { AskedWrite, Place } from '../interactions/asked-write.js';
import { type Patch, patchIn } from '../interactions/patch/patch.js';
import { planOf } from '../interactions/plan.js';
import type { PlannedWrite, Seeking } from '../interactions/planned-write.js';
import { inEntry, writtenOf } from '../interactions/stored-response.js';
import type { FhirRequest } from '../operation.js';
import { permissionOfEntry, refuseUnpermitted } from '../permission.js';
import { type Address, type IdentifiedEntry, inOrder } from './entry.js';
import { type EntryWrites, merged } from './merged-writes.js';
import type { Part, PlannedEntry, PlannedPart } from './participant.js';

export interface PartPlanning {
  servedType: (type: string) => ServedType | undefined;
  validator: Validator;
  seeking: Seeking;
  newId: () => string;
}

/** What an owner's entries come to, with every rule asked and nothing written. */
export async function planPart(part: Part, planning: PartPlanning): Promise<PlannedPart & { writes: Write[] }> {
  const plans: EntryPlan[] = [];
  for (const entry of inOrder(part.entries)) plans.push(await planEntry(entry, part, planning));
  const writes = withIds(merged(plans));
  const { stored } = plannedCommit(writes, part);
  const entries = plans.map((plan) => plannedEntry(plan, stored)).sort((a, b) => a.at - b.at);
  return { entries, planned: stored, writes };
}

interface EntryPlan extends EntryWrites {
  plan: PlannedWrite;
  at: number;
}

async function planEntry(entry: IdentifiedEntry, part: Part, planning: PartPlanning): Promise<EntryPlan> {
  const { at, place } = entry;
  const plan = await planned(entry, part, planning).catch((thrown: unknown) => {
    throw inEntry(thrown, place);
  });
  refuseOther(entry, plan);
  return { at, place, plan, writes: plan.writes };
}

async function planned(entry: IdentifiedEntry, part: Part, planning: PartPlanning): Promise<PlannedWrite> {
  const served = writable(entry, part, planning);
  const siblings = part.resources.filter((other) => other.at !== entry.at).map(({ resource }) => resource);
  const request = requestFor(entry, part, planning);
  const { validator, seeking } = planning;
  return planOf(askedOf(entry, served), { request, validator, seeking, siblings });
}

function writable(entry: IdentifiedEntry, { caller }: Part, { servedType }: PartPlanning): ServedType {
  refuseUnpermitted(caller, permissionOfEntry(entry));
  const { type } = entry;
  const served = servedType(type);
  if (served?.writes) return served;
  throw FhirError.of('not-supported', `A ${type} is not written by clients here.`, { status: 422 });
}

const methods = { create: 'POST', update: 'PUT', patch: 'PATCH', delete: 'DELETE' } as const;

function requestFor(entry: IdentifiedEntry, part: Part, { newId }: PartPlanning): FhirRequest {
  const { type, id, interaction } = entry;
  const { caller, act, now, planned } = part;
  // Where nothing meets the criteria of an update, its resource gets the id that the others refer to it by.
  const given = entry.isMissing === true && id !== undefined ? [id] : [];
  return {
    caller,
    act,
    method: methods[interaction],
    type,
    ...(id === undefined ? {} : { id }),
    query: new URLSearchParams(),
    headers: headersOf(entry),
    ...('resource' in entry ? { resource: entry.resource } : {}),
    now,
    newId: () => given.pop() ?? newId(),
    planned,
  };
}

/** Of its conditions the one that a rule may ask for: that its client means the version that is there. */
function headersOf(entry: IdentifiedEntry): FhirRequest['headers'] {
  const version = 'conditions' in entry ? entry.conditions.version : undefined;
  return version === undefined ? {} : { 'if-match': etagOf(version) };
}

function askedOf(entry: IdentifiedEntry, served: ServedType): AskedWrite {
  switch (entry.interaction) {
    case 'create': {
      const { id, ifNoneExist } = entry;
      const resource: FhirResource = { ...entry.resource, ...(id === undefined ? {} : { id }) };
      const condition = ifNoneExist === undefined ? {} : { ifNoneExist: new URLSearchParams(ifNoneExist) };
      return { served, interaction: 'create', resource, ...condition };
    }
    case 'update':
      return { ...asked(entry, served), interaction: 'update', resource: entry.resource };
    case 'patch':
      return { ...asked(entry, served), interaction: 'patch', patch: patchOf(entry.resource) };
    case 'delete':
      return { ...asked(entry, served), interaction: 'delete' };
  }
}

function asked({ address, conditions }: Extract<IdentifiedEntry, { address: Address }>, served: ServedType) {
  const place: Place = 'id' in address ? address : { criteria: new URLSearchParams(address.criteria) };
  return { served, place, conditions };
}

function patchOf(resource: FhirResource): Patch {
  return patchIn(resource.resourceType === 'Binary' ? jsonPatchOf(resource) : resource);
}

function jsonPatchOf({ contentType, data = '' }: Binary): unknown {
  if (/^application\/json-patch\+json\b/.test(contentType))
    return parseJson(Buffer.from(data, 'base64').toString('utf8'));
  throw FhirError.of('not-supported', 'The Binary of a PATCH holds application/json-patch+json.', {
    expression: 'Binary.contentType',
  });
}

/** Somebody changed meanwhile what meets the criteria: others of the Bundle refer to what met them before. */
export class OtherMatch extends FhirError {
  constructor({ type, place }: IdentifiedEntry) {
    const diagnostics = `Another request changed meanwhile which ${type} meets these criteria; send the transaction again.`;
    super([error('transient', diagnostics, place)], { status: 409 });
  }
}

function refuseOther(entry: IdentifiedEntry, { target, current, writes }: PlannedWrite): void {
  const { id } = entry;
  const isIts = id === undefined ? !current && writes.length === 0 : target.id === id;
  if (!isIts) throw new OtherMatch(entry);
}

/** The version that it makes: of its own resource, or of the one that a rule put in its place. */
function plannedEntry({ at, place, plan }: EntryPlan, planned: readonly Stored[]): PlannedEntry {
  const { status, target, current } = plan;
  const was = current ? { current } : {};
  const isLeftToOthers = plan.writes.length === 0 && status === 201 && !current;
  if (plan.writes.length === 0 && !isLeftToOthers) return { at, status, ...was };
  if (isLeftToOthers && !planned.some(({ type, id }) => type === target.type && id === target.id)) throw left(place);
  const { type, id, version } = writtenOf(planned, target);
  return { at, status, version: { type, id, version }, ...was };
}

function left(place: string): FhirError {
  const diagnostics =
    'Nothing would be written for this entry: it is for another entry of the Bundle to write, and that one does not, or ' +
    'writes another in its place. Leave it out, or send it by itself.';
  return new FhirError([error('business-rule', diagnostics, place)], { status: 422 });
}
