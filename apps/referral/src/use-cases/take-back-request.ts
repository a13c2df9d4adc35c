import { Injectable } from '@nestjs/common';
import type { ServiceRequest } from 'fhir/r4';
import type { FhirRequest } from '#fhir-server';
import { FhirStore, type Stored, type Write } from '#fhir-store';
import { deletionOf, OwnersRecords, Referrers } from '#service';
import { endReasonOf } from '../domain/status-reasons.js';
import { CancelReferral } from './cancel-referral.js';

/** A requester takes back its wish: what was sent is cancelled, a draft goes unless something points to it. */
@Injectable()
export class TakeBackRequest {
  constructor(
    private readonly store: FhirStore,
    private readonly owners: OwnersRecords,
    private readonly cancelReferral: CancelReferral,
  ) {}

  /** `wished` as the requester updates it, revoked or entered-in-error; absent where it deletes a draft. */
  async execute(previous: Stored, { caller, act, now }: FhirRequest, wished?: ServiceRequest): Promise<Write[]> {
    if (!wished) {
      await new Referrers(this.store, this.owners).refuseReferred(previous, caller);
      return [deletionOf(previous)];
    }
    const as = wished.status === 'revoked' ? 'revoked' : 'entered-in-error';
    const reason = endReasonOf(wished);
    const cancellation = { serviceRequest: previous, as, act, now, ...(reason ? { reason } : {}) } as const;
    const [own, ...others] = await this.cancelReferral.execute(cancellation);
    if (own?.interaction !== 'update') return others;
    // What is written beside is kept; of which status it is, is settled with those who work on it.
    const { status } = own.resource as ServiceRequest;
    return [{ ...own, resource: { ...wished, status } }, ...others];
  }
}
