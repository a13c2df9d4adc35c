import type { HealthcareService, Patient, ServiceRequest, Task } from 'fhir/r4';
import { audienceOf, error, FhirError, idIn, publicAudience } from '#fhir';
import type { Stored, Write } from '#fhir-store';
import { type FhirRequest, ResourceWrites } from '../src/index.js';

/** Seen by the writing organisation and the one that the Task is given to. */
export class TaskWrites extends ResourceWrites<Task> {
  readonly type = 'Task';

  create(resource: Task, { caller }: FhirRequest): Promise<Write[]> {
    const audience = audienceOf(caller.organisation, idIn(resource.owner, 'Organization'));
    return Promise.resolve([{ interaction: 'create', resource, audience }]);
  }

  update(resource: Task, { version, audience }: Stored): Promise<Write[]> {
    if (resource.status === 'entered-in-error') {
      return Promise.reject(new FhirError([error('business-rule', 'A Task stays.', 'Task.status')], { status: 422 }));
    }
    return Promise.resolve([{ interaction: 'update', resource, audience, version }]);
  }
}

export class PatientWrites extends ResourceWrites<Patient> {
  readonly type = 'Patient';

  create(resource: Patient, { caller }: FhirRequest): Promise<Write[]> {
    return Promise.resolve([{ interaction: 'create', resource, audience: audienceOf(caller.organisation) }]);
  }

  update(resource: Patient, { version, audience }: Stored): Promise<Write[]> {
    return Promise.resolve([{ interaction: 'update', resource, audience, version }]);
  }

  override delete({ type, id, version, audience }: Stored): Promise<Write[]> {
    return Promise.resolve([{ interaction: 'delete', type, id, audience, version }]);
  }
}

/** A rule that refuses drafts stands for all rules of a service. */
export class ServiceRequestWrites extends ResourceWrites<ServiceRequest> {
  readonly type = 'ServiceRequest';

  create(resource: ServiceRequest, { caller }: FhirRequest): Promise<Write[]> {
    if (resource.status === 'draft') {
      return Promise.reject(
        new FhirError([error('business-rule', 'No drafts.', 'ServiceRequest.status')], { status: 422 }),
      );
    }
    return Promise.resolve([{ interaction: 'create', resource, audience: audienceOf(caller.organisation) }]);
  }

  update(resource: ServiceRequest, { version, audience }: Stored): Promise<Write[]> {
    return Promise.resolve([{ interaction: 'update', resource, audience, version }]);
  }
}

/** Everybody's to read; a client may choose the id. */
export class DirectoryWrites extends ResourceWrites<HealthcareService> {
  readonly type = 'HealthcareService';
  override readonly clientIds = true;
  override readonly isPublic = true;

  create(resource: HealthcareService): Promise<Write[]> {
    return Promise.resolve([{ interaction: 'create', resource, audience: publicAudience }]);
  }

  update(resource: HealthcareService, { version, audience }: Stored): Promise<Write[]> {
    return Promise.resolve([{ interaction: 'update', resource, audience, version }]);
  }

  override delete({ type, id, version, audience }: Stored): Promise<Write[]> {
    return Promise.resolve([{ interaction: 'delete', type, id, audience, version }]);
  }
}
