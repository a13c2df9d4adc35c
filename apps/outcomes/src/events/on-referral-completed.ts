import { Injectable } from '@nestjs/common';
import type { Task } from 'fhir/r4';
import { type CloudEvent, subjectResource, subjectsOfType } from '#events';
import { idIn } from '#fhir';
import { EventHandler, Unprocessable } from '#messaging';
import type { Session } from '#postgres';
import { actOf } from '#service';
import { MakeOutcomeSummary } from '../use-cases/make-outcome-summary.js';

/** The last part of a referral came to its end: its outcome summary is made. */
@Injectable()
export class OnReferralCompleted extends EventHandler {
  readonly consumer = 'outcomes-makes-summaries';
  readonly subjects = [subjectsOfType('referral', 'Task')];
  override readonly types = ['referral-progressed.v1'];

  constructor(private readonly makeOutcomeSummary: MakeOutcomeSummary) {
    super();
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    if (event.data === undefined) throw new Unprocessable('The event about a Task carries no resource.');
    const task = event.data as Task;
    if (task.partOf !== undefined || task.status !== 'completed') return;
    const { id: taskId } = subjectResource(event.subject);
    const [requestId, patientId] = [idIn(task.focus, 'ServiceRequest'), idIn(task.for, 'Patient')];
    if (requestId === undefined || patientId === undefined) {
      throw new Unprocessable('The Task of a completed referral names no ServiceRequest or no Patient.');
    }
    const act = actOf(event, { service: 'outcomes', handler: this.consumer });
    await this.makeOutcomeSummary.execute({ taskId, requestId, patientId }, { act, at: event.time }, tx);
  }
}
