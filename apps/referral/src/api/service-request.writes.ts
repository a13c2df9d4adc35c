import { Injectable } from '@nestjs/common';
import type { FhirResource, Patient, ServiceRequest, Task } from 'fhir/r4';
import { audienceOf, error, FhirError, idIn } from '#fhir';
import { type FhirRequest, ResourceWrites } from '#fhir-server';
import { FhirStore, type Stored, type Write } from '#fhir-store';
import { OpenReferral, referralIsComplete } from '../use-cases/open-referral.js';
import { widened } from '../use-cases/share-referral.js';

/** A ServiceRequest is the wish, the requester's: draft it stays a draft, active it becomes a referral with its Tasks. */
@Injectable()
export class ServiceRequestWrites extends ResourceWrites<ServiceRequest> {
  readonly type = 'ServiceRequest';

  constructor(
    private readonly store: FhirStore,
    private readonly openReferral: OpenReferral,
  ) {
    super();
  }

  async create(resource: ServiceRequest, request: FhirRequest, siblings: readonly FhirResource[]): Promise<Write[]> {
    onlyRequesters(request);
    const serviceRequest = { ...resource, id: resource.id ?? request.newId() };
    if (serviceRequest.status === 'draft') {
      return [{ interaction: 'create', resource: serviceRequest, audience: audienceOf(request.caller.organisation) }];
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
    const { version, audience } = previous;
    if (before.status === 'draft' && resource.status === 'active') {
      const [own, ...others] = await this.#open(resource, request, siblings);
      if (own?.interaction !== 'create') return others;
      return [{ ...own, interaction: 'update', version }, ...others];
    }
    if (before.status !== resource.status) throw statusStays(before, resource);
    if (before.status !== 'draft') refuseNewParties(before, resource);
    return [{ interaction: 'update', resource, audience, version }];
  }

  async #open(resource: ServiceRequest, request: FhirRequest, siblings: readonly FhirResource[]): Promise<Write[]> {
    const patient = await this.#patientOf(resource, request, siblings);
    const issues = referralIsComplete(resource, patient?.resource);
    if (issues.length > 0) throw new FhirError(issues, { status: 422 });
    const task = siblings.filter((sibling) => isTaskFor(sibling, resource))[0];
    const { caller, now, newId } = request;
    const opened = await this.openReferral.execute({
      request: resource,
      caller,
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

/** True for the requester's own Task in the same Bundle: it becomes the parent Task. */
export function isTaskFor(resource: FhirResource, request: ServiceRequest): resource is Task {
  return (
    resource.resourceType === 'Task' &&
    resource.partOf === undefined &&
    idIn(resource.focus, 'ServiceRequest') === request.id
  );
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

function statusStays(before: ServiceRequest, after: ServiceRequest): FhirError {
  const diagnostics = `A ServiceRequest cannot go from ${before.status} to ${after.status} by an update; a draft may become active.`;
  return new FhirError([error('business-rule', diagnostics, 'ServiceRequest.status')], { status: 422 });
}

/** A sent referral is addressed to somebody: another performer or another person is another referral. */
function refuseNewParties(before: ServiceRequest, after: ServiceRequest): void {
  const changed = (['subject', 'requester', 'performer'] as const).filter(
    (element) => JSON.stringify(before[element]) !== JSON.stringify(after[element]),
  );
  if (changed.length === 0) return;
  throw new FhirError(
    changed.map((element) =>
      error(
        'business-rule',
        `ServiceRequest.${element} of a sent referral stays as it is.`,
        `ServiceRequest.${element}`,
      ),
    ),
    { status: 422 },
  );
}
