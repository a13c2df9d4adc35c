import type { FhirResource } from 'fhir/r4';
import { FhirError, organisationsOf, type ResourceId } from '#fhir';
import type { Stored, Write } from '#fhir-store';
import type { Validator } from '#fhir-validation';
import type { ServedType } from '../faces.js';
import { isKnown } from '../headers.js';
import type { Limits } from '../limits.js';
import type { FhirRequest } from '../operation.js';
import type { ResourceWrites } from '../resource-writes.js';
import type { Resolving } from '../search/resolve-criteria.js';
import type { Conditions } from './asked-write.js';
import { isStored } from './same-content.js';

/** What a client's write comes to, before anything is committed: a transaction plans all of its entries first. */
export interface PlannedWrite {
  /** None where nothing changes. */
  writes: Write[];
  /** The resource that was asked for. */
  target: ResourceId;
  /** Its version now, where it has one: what is answered when nothing is written. */
  current?: Stored;
  status: 200 | 201 | 204;
}

/** What a plan is made with. */
export interface Planning {
  request: FhirRequest;
  validator: Validator;
  seeking: Seeking;
  /** The other resources of the same transaction, ids assigned, references resolved. */
  siblings: readonly FhirResource[];
}

/** What criteria are understood and answered with. */
export interface Seeking extends Resolving {
  baseUrl: string;
  limits: Limits;
}

/** Where no patch is to be judged, and nothing is sought. */
export type Rules = Omit<Planning, 'validator' | 'seeking'>;

export function writesOf({ type, writes }: ServedType): ResourceWrites {
  if (writes) return writes;
  throw FhirError.of('not-supported', `A ${type} is not written by clients here.`, { status: 405 });
}

/** 412 where the version that is there is not the one that the client means. https://hl7.org/fhir/R4/http.html#concurrency */
export function refuseUnmet({ unless, ...match }: Conditions, current: Stored | undefined): void {
  if (!isMet(match, current)) throw versionConflict();
  if (unless === undefined || !current || current.deleted) return;
  if (!isKnown(current.version, { 'if-none-match': unless })) return;
  const diagnostics = 'If-None-Match asks that this version, or any, be not there, and it is.';
  throw FhirError.of('conflict', diagnostics, { status: 412 });
}

function isMet({ version, any }: Conditions, current: Stored | undefined): boolean {
  if (any === true && current?.deleted !== false) return false;
  return version === undefined || version === current?.version;
}

export function versionConflict(cause?: unknown): FhirError {
  const diagnostics =
    'This is not the version that is there now. Read it again, apply your change to it and send its ETag.';
  return FhirError.of('conflict', diagnostics, { status: 412, cause });
}

/** Among writes that belong together, the one of the resource itself: by its id, or the first of its type. */
export function ownWrite(writes: readonly Write[], { type, id }: ResourceId): Write | undefined {
  const ofType = writes.filter((write) => typeOf(write) === type);
  return ofType.find((write) => idOf(write) === id) ?? ofType[0];
}

/** True where all that is written is the resource as it is already, its rules having set it right. */
export function changesNothing(writes: readonly Write[], current: Stored): boolean {
  const own = ownWrite(writes, current);
  if (writes.length !== 1 || own?.interaction !== 'update' || own.event !== undefined) return false;
  const sameAudience = organisationsOf(own.audience).join() === organisationsOf(current.audience).join();
  return sameAudience && isStored(own.resource, current.content);
}

function typeOf(write: Write): string {
  return write.interaction === 'delete' ? write.type : write.resource.resourceType;
}

function idOf(write: Write): string | undefined {
  return write.interaction === 'delete' ? write.id : write.resource.id;
}
