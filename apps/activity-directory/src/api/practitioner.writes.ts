import type { Practitioner } from 'fhir/r4';
import { publicAudience } from '#fhir';
import { type FhirRequest, ResourceWrites } from '#fhir-server';
import type { FhirStore, Stored, Write } from '#fhir-store';
import { deletionOf, onlyAuthor, type Referrers } from '#service';

/** Somebody who works for a provider: everyone's to read, and written by the organisation that entered him. */
export class PractitionerWrites extends ResourceWrites<Practitioner> {
  readonly type = 'Practitioner';
  override readonly clientIds = true;
  override readonly isPublic = true;

  constructor(
    private readonly store: FhirStore,
    private readonly referrers: Referrers,
  ) {
    super();
  }

  create(resource: Practitioner): Promise<Write[]> {
    return Promise.resolve([{ interaction: 'create', resource, audience: publicAudience }]);
  }

  async update(resource: Practitioner, previous: Stored, { caller }: FhirRequest): Promise<Write[]> {
    await onlyAuthor(this.store, previous, caller);
    const { audience, version } = previous;
    return [{ interaction: 'update', resource, audience, version }];
  }

  override async delete(previous: Stored, { caller }: FhirRequest): Promise<Write[]> {
    await onlyAuthor(this.store, previous, caller);
    await this.referrers.refuseReferred(previous, caller);
    return [deletionOf(previous)];
  }
}
