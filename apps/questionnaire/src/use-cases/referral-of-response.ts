import { Injectable } from '@nestjs/common';
import type { QuestionnaireResponse, Reference, ServiceRequest } from 'fhir/r4';
import { type Audience, error, FhirError, idIn, organisationsOf } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import { FhirStore, type Stored } from '#fhir-store';
import { OwnersRecords } from '#service';

/** The referral that answers belong to: it says who may see them, and whose they must be. */
@Injectable()
export class ReferralOfResponse {
  constructor(
    private readonly store: FhirStore,
    private readonly owners: OwnersRecords,
  ) {}

  /** Answers that name no referral are of the one that names them, where the same transaction writes it. */
  placed(response: QuestionnaireResponse, { planned = [] }: Pick<FhirRequest, 'planned'>): QuestionnaireResponse {
    if (response.basedOn !== undefined) return response;
    const naming = planned.find(({ type, deleted, content }) => {
      if (type !== 'ServiceRequest' || deleted) return false;
      const { supportingInfo = [] } = JSON.parse(content) as ServiceRequest;
      return supportingInfo.some((one) => idIn(one, 'QuestionnaireResponse') === response.id);
    });
    return naming ? { ...response, basedOn: [{ reference: `ServiceRequest/${naming.id}` }] } : response;
  }

  /** Who sees what hangs on this referral, also one that the same transaction makes; throws where the caller may not see it or it is another person's. */
  async audience(
    {
      resourceType,
      basedOn,
      subject,
    }: { resourceType: string; basedOn?: Reference[] | undefined; subject?: Reference | undefined },
    { caller: { audience }, planned = [] }: Pick<FhirRequest, 'caller' | 'planned'>,
  ): Promise<Audience> {
    const id = (basedOn ?? []).map((reference) => idIn(reference, 'ServiceRequest')).find((one) => one !== undefined);
    if (id === undefined) {
      throw refused(
        'required',
        `${resourceType}.basedOn names the ServiceRequest of the referral.`,
        `${resourceType}.basedOn`,
      );
    }
    const beside = planned.find((one) => one.type === 'ServiceRequest' && one.id === id);
    const stored = beside ?? (await this.#referral(id, audience));
    if (!stored || stored.deleted) {
      throw refused(
        'not-found',
        `${resourceType}.basedOn names no referral that you may see.`,
        `${resourceType}.basedOn`,
      );
    }
    const request = JSON.parse(stored.content) as ServiceRequest;
    if (idIn(subject, 'Patient') !== idIn(request.subject, 'Patient')) {
      throw refused(
        'business-rule',
        `${resourceType}.subject is not the person of this referral.`,
        `${resourceType}.subject`,
      );
    }
    return stored.audience;
  }

  /**
   * Who sees a new version of what hangs on it: those who saw the version before and still see the referral, and its author. A
   * provider that came since learns of what was sent with the referral another way, and of what others wrote not at all.
   */
  async audienceStill(
    resource: Parameters<ReferralOfResponse['audience']>[0],
    previous: Stored,
    request: Pick<FhirRequest, 'caller' | 'planned'>,
  ): Promise<Audience> {
    const now = organisationsOf(await this.audience(resource, request));
    const before = organisationsOf(previous.audience);
    const own = request.caller.organisation;
    return own === undefined ? before : before.filter((one) => now.includes(one) || one === own);
  }

  /** Answers may follow their referral faster than its copy does: where there is none to see here, its owner is asked. */
  async #referral(id: string, reader: Audience): Promise<Stored | undefined> {
    const copy = await this.store.read('ServiceRequest', id, reader);
    if (copy) return copy;
    const [asked] = await this.owners.read([{ type: 'ServiceRequest', id }], reader);
    return asked;
  }
}

function refused(code: 'required' | 'not-found' | 'business-rule', diagnostics: string, expression: string): FhirError {
  return new FhirError([error(code, diagnostics, expression)], { status: 422 });
}
