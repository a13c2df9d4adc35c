import { Injectable } from '@nestjs/common';
import type { ServiceRequest } from 'fhir/r4';
import { type Audience, audienceOf, idIn, organisationsOf, parseJson } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import { FhirStore } from '#fhir-store';
import { OpenReferral } from './open-referral.js';

/** Who sees a ServiceRequest of the same transaction: its two sides where it is new; as it is by now where it was sent before. */
@Injectable()
export class ReferralReaders {
  constructor(
    private readonly store: FhirStore,
    private readonly openReferral: OpenReferral,
  ) {}

  async execute(request: ServiceRequest, { caller, planned }: FhirRequest): Promise<Audience> {
    const stored = await this.store.read('ServiceRequest', request.id ?? '', caller.audience);
    if (stored && !stored.deleted && (parseJson(stored.content) as ServiceRequest).status !== 'draft') {
      return organisationsOf(stored.audience);
    }
    const { requester, owner } = await this.openReferral.partiesOf(request, caller, { planned });
    return audienceOf(idIn(requester, 'Organization'), idIn(owner, 'Organization'));
  }
}
