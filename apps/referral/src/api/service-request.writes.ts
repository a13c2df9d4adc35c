import { Injectable } from '@nestjs/common';
import type { FhirResource, Patient, ServiceRequest } from 'fhir/r4';
import { audienceOf, error, FhirError, idIn } from '#fhir';
import { type FhirRequest, ResourceWrites } from '#fhir-server';
import { FhirStore, type Stored, type Write } from '#fhir-store';
import { notDeleted } from '#service';
import { actorsOf } from '../domain/actors.js';
import { neverEmpty } from '../domain/never-empty.js';
import { isTaskFor } from '../domain/own-task.js';
import { newParties, plainlyNamed } from '../domain/sent-request.js';
import { followPriority } from '../use-cases/follow-priority.js';
import { OpenReferral, referralIsComplete } from '../use-cases/open-referral.js';
import { ReferralTasks, type StoredTask } from '../use-cases/referral-tasks.js';
import { SeenReferences } from '../use-cases/seen-references.js';
import { widened } from '../use-cases/share-referral.js';
import { TakeBackRequest } from '../use-cases/take-back-request.js';

/** A ServiceRequest is the wish, the requester's: draft it stays a draft, active it becomes a referral with its Tasks. */
@Injectable()
export class ServiceRequestWrites extends ResourceWrites<ServiceRequest> {
  readonly type = 'ServiceRequest';

  constructor(
    private readonly store: FhirStore,
    private readonly openReferral: OpenReferral,
    private readonly tasks: ReferralTasks,
    private readonly seenReferences: SeenReferences,
    private readonly takeBackRequest: TakeBackRequest,
  ) {
    super();
  }

  async create(resource: ServiceRequest, request: FhirRequest, siblings: readonly FhirResource[]): Promise<Write[]> {
    onlyRequesters(request);
    const serviceRequest = { ...resource, id: resource.id ?? request.newId() };
    if (serviceRequest.status === 'draft') {
      await this.seenReferences.execute(serviceRequest, request.caller, { siblings });
      const audience = neverEmpty(audienceOf(request.caller.organisation));
      return [{ interaction: 'create', resource: serviceRequest, audience }];
    }
    if (serviceRequest.status !== 'active') throw startsDraftOrActive(serviceRequest);
    return this.#open(serviceRequest, request, siblings);
  }

  async update(
    resource: ServiceRequest,
    previous: Stored,
    request: FhirRequest,
    siblings: readonly FhirResource[],
  ): Promise<Write[]> {
    onlyRequesters(request);
    const before = JSON.parse(previous.content) as ServiceRequest;
    const parent = await this.#onlyItsRequester(previous, { before, request });
    const { version, audience } = previous;
    refuseMistaken(before);
    if (before.status === 'draft' && resource.status === 'active') {
      const [own, ...others] = await this.#open(resource, request, siblings);
      if (own?.interaction !== 'create') return others;
      return [{ ...own, interaction: 'update', version }, ...others];
    }
    if (before.status !== resource.status && !isTakenBack(resource)) throw statusStays(before, resource);
    const meant = before.status === 'draft' ? resource : amongTheSame(before, resource, parent);
    await this.seenReferences.execute(meant, request.caller, { siblings, before });
    if (before.status !== meant.status) return this.takeBackRequest.execute(previous, request, meant);
    const own: Write = { interaction: 'update', resource: meant, audience, version };
    if (before.status === 'draft') return [own];
    const shown = await this.openReferral.showNamed(meant, { audience, sharer: request.caller, siblings });
    return [own, ...shown, ...(await followPriority([before, meant], this.tasks, request.now))];
  }

  /** A draft was sent to nobody; what was sent is a referral, which is revoked and never lost. */
  override async delete(previous: Stored, request: FhirRequest): Promise<Write[]> {
    onlyRequesters(request);
    const before = JSON.parse(previous.content) as ServiceRequest;
    await this.#onlyItsRequester(previous, { before, request });
    if (before.status !== 'draft')
      throw notDeleted('A referral that was sent is never deleted: it ends by the turns of its Tasks.');
    return this.takeBackRequest.execute(previous, request);
  }

  /** Another practice that sees a referral does not write it: a sent one is its requester's, a draft its author's. Its own Task. */
  async #onlyItsRequester(
    { type, id }: Stored,
    { before, request: { caller } }: { before: ServiceRequest; request: FhirRequest },
  ): Promise<StoredTask | undefined> {
    const parent = before.status === 'draft' ? undefined : await this.tasks.referralOf(id);
    if (caller.role === 'integrator' && caller.organisation === undefined) return parent;
    const isIts = parent
      ? actorsOf(parent.task, caller).includes('requester')
      : caller.organisation !== undefined && (await this.store.authorOf(type, id)) === caller.organisation;
    if (!isIts) throw FhirError.of('forbidden', 'A ServiceRequest is written by its own requester only.');
    return parent;
  }

  async #open(resource: ServiceRequest, request: FhirRequest, siblings: readonly FhirResource[]): Promise<Write[]> {
    const patient = await this.#patientOf(resource, request, siblings);
    const issues = referralIsComplete(resource, patient?.resource);
    if (issues.length > 0) throw new FhirError(issues, { status: 422 });
    await this.seenReferences.execute(resource, request.caller, { siblings });
    const task = siblings.find((sibling) => isTaskFor(sibling, resource));
    const { caller, planned, now, newId } = request;
    const opened = await this.openReferral.execute({
      request: resource,
      caller,
      planned,
      siblings,
      now,
      newId,
      ...(task ? { task } : {}),
    });
    return [...opened.writes, ...(patient?.stored ? widened(patient.stored, opened.audience) : [])];
  }

  async #patientOf(
    resource: ServiceRequest,
    request: FhirRequest,
    siblings: readonly FhirResource[],
  ): Promise<{ resource: Patient; stored?: Stored } | undefined> {
    const id = idIn(resource.subject, 'Patient');
    if (id === undefined) return undefined;
    const sibling = siblings.find((one) => one.resourceType === 'Patient' && one.id === id);
    if (sibling) return { resource: sibling as Patient };
    const stored = await this.store.read('Patient', id, request.caller.audience);
    if (!stored || stored.deleted) return undefined;
    return { resource: JSON.parse(stored.content) as Patient, stored };
  }
}

function onlyRequesters({ caller }: FhirRequest): void {
  if (caller.role === 'practice' || caller.role === 'integrator') return;
  throw FhirError.of('forbidden', 'A ServiceRequest is written by the requesting side only.');
}

function startsDraftOrActive({ status }: ServiceRequest): FhirError {
  return new FhirError(
    [error('business-rule', `A new ServiceRequest is draft or active, not ${status}.`, 'ServiceRequest.status')],
    { status: 422 },
  );
}

function refuseMistaken({ status }: ServiceRequest): void {
  if (status !== 'entered-in-error') return;
  throw FhirError.of('deleted', 'This ServiceRequest was entered in error; nothing more is kept in it.', {
    status: 410,
  });
}

function isTakenBack({ status }: ServiceRequest): boolean {
  return status === 'revoked' || status === 'entered-in-error';
}

function statusStays(before: ServiceRequest, after: ServiceRequest): FhirError {
  const diagnostics = `A ServiceRequest cannot go from ${before.status} to ${after.status} by an update; a draft may become active, and a sent one revoked or entered-in-error.`;
  return new FhirError([error('business-rule', diagnostics, 'ServiceRequest.status')], { status: 422 });
}

function amongTheSame(before: ServiceRequest, after: ServiceRequest, parent: StoredTask | undefined): ServiceRequest {
  const meant = plainlyNamed(before, after);
  const issues = newParties(before, meant, parent?.task.requester);
  if (issues.length > 0) throw new FhirError(issues, { status: 422 });
  return meant;
}
