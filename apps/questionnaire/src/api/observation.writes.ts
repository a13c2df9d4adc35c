import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { Observation } from 'fhir/r4';
import { error, FhirError, idIn, organisationsOf } from '#fhir';
import { type FhirRequest, ResourceWrites } from '#fhir-server';
import type { Stored, Write } from '#fhir-store';
import { actsForAll, deletionOf, notDeleted } from '#service';
import { preferenceIsAsked } from '../domain/preference.rule.js';
import { OnlyAuthor } from '../use-cases/only-author.js';
import { ReferralOfResponse } from '../use-cases/referral-of-response.js';

/** An Observation that a person or device made. Those made from answers change with their answers only. */
@Injectable()
export class ObservationWrites extends ResourceWrites<Observation> {
  readonly type = 'Observation';

  constructor(
    private readonly referral: ReferralOfResponse,
    private readonly onlyAuthor: OnlyAuthor,
  ) {
    super();
  }

  async create(resource: Observation, request: FhirRequest): Promise<Write[]> {
    refuseDerived(resource);
    refuseUnasked(resource);
    return [{ interaction: 'create', resource, audience: await this.referral.audience(resource, request) }];
  }

  async update(resource: Observation, previous: Stored, request: FhirRequest): Promise<Write[]> {
    const before = JSON.parse(previous.content) as Observation;
    [before, resource].forEach(refuseDerived);
    refuseUnasked(resource);
    await this.onlyAuthor.execute(previous, request.caller);
    refuseMoved(before, resource);
    const audience = await this.referral.audienceStill(resource, previous, request);
    return [{ interaction: 'update', resource, audience, version: previous.version }];
  }

  /** What others have read is marked entered-in-error, not taken away. */
  override async delete(previous: Stored, { caller }: FhirRequest): Promise<Write[]> {
    refuseDerived(JSON.parse(previous.content) as Observation);
    await this.onlyAuthor.execute(previous, caller);
    if (
      actsForAll(caller) ||
      organisationsOf(previous.audience).every((organisation) => organisation === caller.organisation)
    ) {
      return [deletionOf(previous)];
    }
    throw notDeleted('Others see this Observation: it is not deleted; set its status to entered-in-error.');
  }
}

function refuseUnasked(resource: Observation): void {
  const issues = preferenceIsAsked(resource);
  if (issues.length > 0) throw new FhirError(issues, { status: 422 });
}

function refuseMoved(before: Observation, after: Observation): void {
  const issues = (['basedOn', 'subject'] as const)
    .filter((element) => !isDeepStrictEqual(before[element], after[element]))
    .map((element) => `Observation.${element}`)
    .map((place) => error('business-rule', `${place} stays as it was; mark this one entered-in-error.`, place));
  if (issues.length > 0) throw new FhirError(issues, { status: 422 });
}

function refuseDerived({ derivedFrom = [] }: Observation): void {
  if (!derivedFrom.some((reference) => idIn(reference, 'QuestionnaireResponse') !== undefined)) return;
  const diagnostics =
    'An Observation derived from a QuestionnaireResponse is made by Ginnel; change the answers instead.';
  throw new FhirError([error('business-rule', diagnostics, 'Observation.derivedFrom')], { status: 422 });
}
