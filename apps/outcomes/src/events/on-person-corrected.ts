import { Injectable } from '@nestjs/common';
import type { Goal, Patient } from 'fhir/r4';
import { type CloudEvent, subjectsOfType } from '#events';
import { idIn } from '#fhir';
import { EventHandler } from '#messaging';
import type { Session } from '#postgres';
import { actOf } from '#service';
import { CorrectSummariesOfPerson } from '../use-cases/summaries/correct-summaries-of-person.js';

/** Name, birth date or NHS number of somebody, or what matters to them, was mended: letters that tell it otherwise are replaced. */
@Injectable()
export class OnPersonCorrected extends EventHandler {
  readonly consumer = 'outcomes-corrects-persons';
  readonly subjects = [subjectsOfType('referral', 'Patient'), subjectsOfType('referral', 'Goal')];

  constructor(private readonly correctSummariesOfPerson: CorrectSummariesOfPerson) {
    super();
  }

  /** Of somebody who has just become known, nothing was told. */
  override concerns({ type, data }: CloudEvent): boolean {
    return data !== undefined && type !== 'patient-created.v1' && !type.endsWith('-shared.v1');
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    const resource = event.data as Patient | Goal;
    const about = resource.resourceType;
    const patientId = resource.resourceType === 'Patient' ? resource.id : idIn(resource.subject, 'Patient');
    if (patientId === undefined) return;
    // A goal that is set or met later leaves what was told at a milestone as it was.
    const isAmended = resource.resourceType === 'Patient' || resource.lifecycleStatus === 'entered-in-error';
    const act = actOf(event, { service: 'outcomes', handler: this.consumer });
    await this.correctSummariesOfPerson.execute(patientId, { act, at: event.time, isAmended, about }, tx);
  }
}
