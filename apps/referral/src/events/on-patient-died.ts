import { Injectable } from '@nestjs/common';
import type { Patient } from 'fhir/r4';
import { type CloudEvent, subjectsOfType } from '#events';
import { EventHandler } from '#messaging';
import { actOf } from '#service';
import { TellDeath } from '../use-cases/tell-death.js';

/** A Patient record says that the person has died: the organisation that keeps it is a formal source. */
@Injectable()
export class OnPatientDied extends EventHandler {
  readonly consumer = 'referral-hears-deaths';
  readonly subjects = [subjectsOfType('referral', 'Patient')];
  override readonly types = ['patient-created.v1', 'patient-updated.v1', 'patient-died.v1'];

  constructor(private readonly tellDeath: TellDeath) {
    super();
  }

  override concerns({ data }: CloudEvent): boolean {
    const { deceasedBoolean, deceasedDateTime } = (data ?? {}) as Partial<Patient>;
    return deceasedBoolean === true || deceasedDateTime !== undefined;
  }

  async handle(event: CloudEvent): Promise<void> {
    const { id = '' } = event.data as Patient;
    const act = actOf(event, { service: 'referral', handler: this.consumer });
    await this.tellDeath.execute({ patient: id, as: 'formal', act });
  }
}
