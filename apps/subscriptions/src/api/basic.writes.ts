import { Injectable } from '@nestjs/common';
import type { Basic } from 'fhir/r4';
import { type FhirRequest, ResourceWrites } from '#fhir-server';
import { FhirStore, type Stored, type Write } from '#fhir-store';
import { deletionOf, onlyAuthor } from '#service';

/** A Basic is its organisation's note to itself: nobody else reads it, so it shares nothing that it names. */
@Injectable()
export class BasicWrites extends ResourceWrites<Basic> {
  readonly type = 'Basic';

  constructor(private readonly store: FhirStore) {
    super();
  }

  create(resource: Basic, { caller }: FhirRequest): Promise<Write[]> {
    const { organisation = 'integrator' } = caller;
    return Promise.resolve([{ interaction: 'create', resource, audience: [organisation] }]);
  }

  async update(resource: Basic, previous: Stored, { caller }: FhirRequest): Promise<Write[]> {
    await onlyAuthor(this.store, previous, caller);
    const { audience, version } = previous;
    return [{ interaction: 'update', resource, audience, version }];
  }

  override async delete(previous: Stored, { caller }: FhirRequest): Promise<Write[]> {
    await onlyAuthor(this.store, previous, caller);
    return [deletionOf(previous)];
  }
}
