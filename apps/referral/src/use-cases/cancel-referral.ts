import { Injectable } from '@nestjs/common';
import type { CodeableConcept, ServiceRequest, Task } from 'fhir/r4';
import { error, FhirError, organisationsOf, parseJson } from '#fhir';
import type { Act, Stored, Write } from '#fhir-store';
import { businessStatus } from '../domain/codes.js';
import { isCancellationAsked, isEnd } from '../domain/state-before.js';
import { becauseOf, statusReasonOf, statusReasonSystem } from '../domain/status-reasons.js';
import { MoveParts } from './move-parts.js';
import { parentWrite, ReferralTasks, type StoredTask } from './referral-tasks.js';

export interface Cancellation {
  /** As its requester could read it. */
  serviceRequest: Stored;
  /** `revoked`: no longer wanted; `entered-in-error`: it should never have been sent. */
  as: 'revoked' | 'entered-in-error';
  act: Act;
  now: Date;
  reason?: CodeableConcept;
}

/** The requester takes its referral back: at once where nobody began, otherwise each provider is asked. */
@Injectable()
export class CancelReferral {
  constructor(
    private readonly tasks: ReferralTasks,
    private readonly moveParts: MoveParts,
  ) {}

  /**
   * The ServiceRequest is the first of the writes: of its new status where that is settled now, otherwise active until every
   * provider that is at work has answered the Task that asks it to stop.
   */
  async execute({ serviceRequest, as, act, now, reason }: Cancellation): Promise<Write[]> {
    const request = parseJson(serviceRequest.content) as ServiceRequest;
    refuseStatus(request, as);
    const parent = await this.tasks.referralOf(serviceRequest.id);
    if (!parent) throw refused('A draft was sent to nobody: delete it instead.');
    const parts = await this.tasks.partsOf(parent.stored.id);
    if (as === 'entered-in-error' && !isWrongPerson(reason)) refuseWhatWasDone(parts);
    const moves = parts.flatMap((part) => {
      const wished = wishedPart(part.task, { as, reason });
      return wished ? [{ part, wished }] : [];
    });
    const writes = await this.moveParts.execute({ moves, actors: ['requester'], act, now });
    const left = parts.map(({ task }) => moves.find(({ wished }) => wished.id === task.id)?.wished ?? task);
    const isSettled = left.every(({ status }) => isEnd(status));
    const end = isSettled ? endOf(as, parent, writes) : undefined;
    const own: Write = {
      interaction: 'update',
      resource: end ? { ...request, status: end } : request,
      audience: audienceIn(writes, serviceRequest),
      version: serviceRequest.version,
      event: `service-request-${end ?? 'updated'}.v1`,
    };
    const others = writes
      .filter((write) => !isAbout(write, serviceRequest.id))
      .map((write) =>
        end === 'entered-in-error' && isOf(write, parent) ? { ...write, resource: mistaken(write.resource) } : write,
      );
    return [own, ...others, ...(isSettled && moves.length === 0 ? [closed(parent, as, now)] : [])];
  }

  /**
   * As a Task asks for it. The wish is among the writes only where it ends, or where whoever was let go at once is to read nothing
   * that is written of it later, whatever the others answer.
   */
  async byTask(
    serviceRequest: Stored,
    { act, now, reason }: Pick<Cancellation, 'act' | 'now'> & { reason: CodeableConcept | undefined },
  ): Promise<Write[]> {
    const writes = await this.execute({ serviceRequest, as: 'revoked', act, now, ...(reason ? { reason } : {}) });
    return writes.filter((write) => !isIdle(write, serviceRequest));
  }
}

/** The wish as it is, read by nobody less. */
function isIdle(write: Write, { id, audience }: Stored): boolean {
  if (!('resource' in write) || write.resource.resourceType !== 'ServiceRequest') return false;
  const left = organisationsOf(write.audience);
  const isNarrowed = organisationsOf(audience).some((organisation) => !left.includes(organisation));
  return write.resource.id === id && write.resource.status === 'active' && !isNarrowed;
}

function refuseStatus({ status }: ServiceRequest, as: Cancellation['as']): void {
  if (status === 'active' || (as === 'entered-in-error' && status !== 'draft' && status !== as)) return;
  throw refused(`A ServiceRequest cannot go from ${status} to ${as}.`);
}

/** The part as the requester wants it; undefined where there is nothing to be done. */
function wishedPart(
  part: Task,
  { as, reason }: { as: Cancellation['as']; reason: CodeableConcept | undefined },
): Task | undefined {
  const reasoned = becauseOf(part, reason);
  if (part.status === 'entered-in-error') return undefined;
  if (as === 'entered-in-error' && (isWrongPerson(reason) || hasNotBegun(part))) {
    return { ...reasoned, status: 'entered-in-error', businessStatus: businessStatus('error') };
  }
  if (isEnd(part.status) || isCancellationAsked(part)) return undefined;
  if (part.status !== 'requested') return { ...reasoned, businessStatus: businessStatus('cancel-requested') };
  return { ...reasoned, status: 'cancelled', businessStatus: businessStatus('cancelled-by-requester') };
}

function isWrongPerson(reason: CodeableConcept | undefined): boolean {
  return statusReasonOf(reason) === 'wrong-person';
}

/** Where one part was done before the others were taken back, that stays what became of the wish. */
function endOf(as: Cancellation['as'], parent: StoredTask, writes: readonly Write[]): ServiceRequest['status'] {
  const own = writes.find((write) => isOf(write, parent)) as { resource: Task } | undefined;
  return as === 'revoked' && (own?.resource ?? parent.task).status === 'completed' ? 'completed' : as;
}

/** Work that was done stays done, unless it was done with somebody else. */
export class WorkWasDone extends FhirError {}

function refuseWhatWasDone(parts: readonly StoredTask[]): void {
  if (!parts.some(({ task }) => task.status === 'completed')) return;
  const said = `What was completed is entered in error only with the reason ${statusReasonSystem}|wrong-person.`;
  throw new WorkWasDone([error('business-rule', said, 'ServiceRequest.status')], { status: 422 });
}

function hasNotBegun({ status }: Task): boolean {
  return ['requested', 'received', 'accepted'].includes(status);
}

/** Nobody is asked any more, and the requester wants no alternative. */
function closed(parent: StoredTask, as: Cancellation['as'], now: Date): Write {
  const [status, business] =
    as === 'revoked' ? (['cancelled', 'cancelled-by-requester'] as const) : (['entered-in-error', 'error'] as const);
  const isOver = as === 'revoked' && isEnd(parent.task.status);
  const task = isOver ? parent.task : { ...parent.task, status, businessStatus: businessStatus(business) };
  return parentWrite(parent, { ...task, lastModified: now.toISOString() });
}

/** A mistake as a whole, also where a part had ended before. */
function mistaken(parent: Task): Task {
  return { ...parent, status: 'entered-in-error', businessStatus: businessStatus('error') };
}

function isOf(write: Write, { stored }: StoredTask): write is Write & { resource: Task } {
  return 'resource' in write && write.resource.resourceType === 'Task' && write.resource.id === stored.id;
}

/** Whom the turns of the parts leave among those who see it. */
function audienceIn(writes: readonly Write[], { id, audience }: Stored): Write['audience'] {
  const own = writes.find((write) => 'resource' in write && isRequest(write, id));
  return own?.audience ?? audience;
}

/** The ServiceRequest and the Provenance of Ginnel's ending it: here its requester does that. */
function isAbout(write: Write, id: string): boolean {
  if (!('resource' in write)) return false;
  const { resource } = write;
  if (resource.resourceType !== 'Provenance') return isRequest(write, id);
  return resource.target.some(({ reference }) => reference?.startsWith(`ServiceRequest/${id}/`));
}

function isRequest(write: Write, id: string): boolean {
  return 'resource' in write && write.resource.resourceType === 'ServiceRequest' && write.resource.id === id;
}

function refused(diagnostics: string): FhirError {
  return new FhirError([error('business-rule', diagnostics, 'ServiceRequest.status')], { status: 422 });
}
