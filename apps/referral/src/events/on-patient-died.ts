import { Injectable } from '@nestjs/common';
import type { Patient } from 'fhir/r4';
import { type CloudEvent, subjectsOfType } from '#events';
import { everyone, parseJson } from '#fhir';
import { FhirStore } from '#fhir-store';
import { EventHandler } from '#messaging';
import { actOf } from '#service';
import { hasDied } from '../domain/identity/patient-change.js';
import { TellDeath } from '../use-cases/tell-death.js';

/** A Patient record says that the person has died: the organisation that keeps it is a formal source. */
@Injectable()
export class OnPatientDied extends EventHandler {
  readonly consumer = 'referral-hears-deaths';
  readonly subjects = [subjectsOfType('referral', 'Patient')];
  override readonly types = ['patient-created.v1', 'patient-updated.v1', 'patient-died.v1'];

  constructor(
    private readonly store: FhirStore,
    private readonly tellDeath: TellDeath,
  ) {
    super();
  }

  override concerns({ data }: CloudEvent): boolean {
    const { deceasedBoolean, deceasedDateTime } = (data ?? {}) as Partial<Patient>;
    return deceasedBoolean === true || deceasedDateTime !== undefined;
  }

  async handle(event: CloudEvent): Promise<void> {
    const { id = '' } = event.data as Patient;
    // An event that comes late may tell what was corrected since.
    const stored = await this.store.read('Patient', id, everyone);
    if (!stored || stored.deleted || !hasDied(parseJson(stored.content) as Patient)) return;
    const act = actOf(event, { service: 'referral', handler: this.consumer });
    await this.tellDeath.execute({ patient: id, as: 'formal', act });
  }
}
