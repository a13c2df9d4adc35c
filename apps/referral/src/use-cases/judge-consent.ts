import { Injectable } from '@nestjs/common';
import type { Consent, FhirResource, Patient, Reference } from 'fhir/r4';
import type { Caller } from '#auth';
import { error, FhirError, idIn } from '#fhir';
import { FhirStore } from '#fhir-store';
import { optOutOf, withholdsFrom } from '#service';
import type { ReadMessage } from '../domain/bars/index.js';
import { type MessageParts, pathOf } from '../domain/message-parts.js';

/**
 * What withholds a person's records from others is said by the organisation whose Patient record it names, as the person told
 * it, and never against itself: it could not take it back.
 */
@Injectable()
export class JudgeConsent {
  constructor(private readonly store: FhirStore) {}

  /** Throws where this Consent may not stand. A Patient of the same transaction is the caller's own. */
  async execute(consent: Consent, caller: Caller, siblings: readonly FhirResource[] = []): Promise<void> {
    const { withholdings, issues } = optOutOf(consent);
    if (issues.length > 0) throw new FhirError(issues, { status: 422 });
    const { organisation } = caller;
    // An integrator without an organisation acts for all of them.
    if (withholdings.length === 0 || organisation === undefined) return;
    const patientId = idIn(consent.patient, 'Patient') ?? '';
    const isSent = siblings.some(({ resourceType, id }) => resourceType === 'Patient' && id === patientId);
    if (!isSent && (await this.#keeperOf(patientId, caller)) !== organisation) {
      throw FhirError.of(
        'forbidden',
        'Records are withheld by the organisation whose Patient record the Consent names.',
        {
          expression: 'Consent.patient',
        },
      );
    }
    if (withholdings.some((one) => withholdsFrom(one, organisation))) {
      const diagnostics =
        'Name your own organisation in Consent.organization, and not among those who lose the records.';
      throw new FhirError([error('business-rule', diagnostics, 'Consent.organization')], { status: 422 });
    }
  }

  /** Throws where the one who is asked would see nothing of the referral: it would wait for an answer for ever. */
  async refuseReferral(
    subject: Reference,
    { owner, consents = [] }: { owner: Reference; consents?: readonly Consent[] },
  ): Promise<void> {
    const [patientId, ownerId] = [idIn(subject, 'Patient'), idIn(owner, 'Organization')];
    if (patientId === undefined || ownerId === undefined) return;
    const sent = consents.flatMap((consent) => optOutOf(consent).withholdings);
    const isWithheld =
      sent.some((one) => withholdsFrom(one, ownerId)) ||
      (await this.store.withholdings.among([ownerId], [patientId])).length > 0;
    if (!isWithheld) return;
    const diagnostics =
      "A Consent withholds this person's records from the provider: it would see nothing of the referral.";
    throw new FhirError([error('business-rule', diagnostics, 'ServiceRequest.performer')], { status: 422 });
  }

  async #keeperOf(patientId: string, { audience }: Caller): Promise<string | undefined> {
    const stored = await this.store.read('Patient', patientId, audience);
    if (!stored || stored.deleted) return undefined;
    const { managingOrganization } = JSON.parse(stored.content) as Patient;
    return idIn(managingOrganization, 'Organization') ?? (await this.store.authorOf('Patient', patientId));
  }
}

/** Whether a Consent withholds the records of this person, if it is hers or his. One that says it wrongly does, too: it is told so. */
export function withholds(consent: Consent, person: string): boolean {
  const { withholdings, issues } = optOutOf({ ...consent, patient: { reference: `Patient/${person}` } });
  return withholdings.length > 0 || issues.length > 0;
}

/** Throws where a Consent that withholds is not about the person of its message: its sender would take it as heard. */
export function refuseUnheard({ leftOut, patient }: MessageParts, message: Pick<ReadMessage, 'bundle'>): void {
  const unheard = leftOut.find((one) => one.resourceType === 'Consent' && withholds(one, patient.id ?? 'sent'));
  if (unheard === undefined) return;
  const diagnostics =
    'This Consent withholds the records of somebody who is not the Patient of the message, and would not be heard: name that Patient, or leave it out.';
  throw FhirError.of('invalid', diagnostics, { expression: `${pathOf(unheard, message)}.patient` });
}
