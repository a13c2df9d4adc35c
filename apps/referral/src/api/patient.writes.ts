import { Injectable } from '@nestjs/common';
import type { FhirResource, Patient } from 'fhir/r4';
import { type Audience, audienceOf, FhirError, idIn } from '#fhir';
import { type FhirRequest, ResourceWrites } from '#fhir-server';
import type { Stored, Write } from '#fhir-store';
import { OpenReferral } from '../use-cases/open-referral.js';

/** A referring organisation has its own record of a person; a provider sees it once a referral is sent to it. */
@Injectable()
export class PatientWrites extends ResourceWrites<Patient> {
  readonly type = 'Patient';

  constructor(private readonly openReferral: OpenReferral) {
    super();
  }

  async create(resource: Patient, request: FhirRequest, siblings: readonly FhirResource[]): Promise<Write[]> {
    const requests = siblings.filter((one) => one.resourceType === 'ServiceRequest');
    const own = requests.filter(
      ({ status, subject }) => status === 'active' && idIn(subject, 'Patient') === resource.id,
    );
    const owners = await Promise.all(own.map((one) => this.openReferral.partiesOf(one, request.caller)));
    const audience = audienceOf(
      request.caller.organisation,
      ...owners.flatMap(({ requester, owner }) => [idIn(requester, 'Organization'), idIn(owner, 'Organization')]),
    );
    return [{ interaction: 'create', resource, audience: nonEmpty(audience) }];
  }

  update(resource: Patient, previous: Stored, request: FhirRequest): Promise<Write[]> {
    if (request.caller.role === 'provider') {
      throw FhirError.of('forbidden', 'A Patient record is changed by the organisation that made it.');
    }
    const { audience, version } = previous;
    return Promise.resolve([{ interaction: 'update', resource, audience, version }]);
  }
}

/** An all-seeing integrator of an open sandbox has no organisation; what it makes is its own. */
export function nonEmpty(audience: Audience): Audience {
  return audience.length > 0 ? audience : ['integrator'];
}
