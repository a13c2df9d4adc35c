import { Injectable } from '@nestjs/common';
import type { Task } from 'fhir/r4';
import { type CloudEvent, subjectResource, subjectsOfType } from '#events';
import { idIn } from '#fhir';
import { EventHandler, Unprocessable } from '#messaging';
import type { Session } from '#postgres';
import { actOf } from '#service';
import { isEnded, mayBeOver } from '../domain/outcome-summary/ending.js';
import { isPart } from '../domain/programme.js';
import { CorrectOutcomeSummary } from '../use-cases/summaries/correct-outcome-summary.js';
import { MakeOutcomeSummary } from '../use-cases/summaries/make-outcome-summary.js';
import { NoteMilestones } from '../use-cases/summaries/note-milestones.js';
import { WithdrawOutcomeSummary } from '../use-cases/summaries/withdraw-outcome-summary.js';

/** A referral ended: its outcome summary is made. A part was started, or says more after its end. */
@Injectable()
export class OnReferralMoved extends EventHandler {
  readonly consumer = 'outcomes-makes-summaries';
  readonly subjects = [subjectsOfType('referral', 'Task')];

  constructor(
    private readonly makeOutcomeSummary: MakeOutcomeSummary,
    private readonly correctOutcomeSummary: CorrectOutcomeSummary,
    private readonly withdrawOutcomeSummary: WithdrawOutcomeSummary,
    private readonly noteMilestones: NoteMilestones,
  ) {
    super();
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    if (event.data === undefined) return;
    const task = event.data as Task;
    if (task.partOf !== undefined) return this.#part(task, event, tx);
    if (task.status === 'entered-in-error') return this.#withdraw(task, event, tx);
    if (!mayBeOver(task)) return;
    const { id: taskId } = subjectResource(event.subject);
    const [requestId, patientId] = [idIn(task.focus, 'ServiceRequest'), idIn(task.for, 'Patient')];
    // Not a referral's own Task, such as one that asks a person to look into something.
    if (requestId === undefined) return;
    if (patientId === undefined) throw new Unprocessable('The Task of a referral that ended names no Patient.');
    const occasion = { ...this.#occasion(event), stage: { code: 'end' as const } };
    await this.makeOutcomeSummary.execute({ taskId, requestId, patientId }, occasion, tx);
  }

  async #part(task: Task, event: CloudEvent, tx: Session): Promise<void> {
    if (!isPart(task)) return;
    if (task.status === 'in-progress') await this.noteMilestones.execute(task, event.time, tx);
    const requestId = idIn(task.focus, 'ServiceRequest');
    if (requestId === undefined || !isEnded(task)) return;
    await this.correctOutcomeSummary.execute(requestId, { ...this.#occasion(event), isAmended: false }, tx);
  }

  async #withdraw(task: Task, event: CloudEvent, tx: Session): Promise<void> {
    const requestId = idIn(task.focus, 'ServiceRequest');
    if (requestId !== undefined) await this.withdrawOutcomeSummary.execute(requestId, this.#occasion(event), tx);
  }

  #occasion(event: CloudEvent) {
    return { act: actOf(event, { service: 'outcomes', handler: this.consumer }), at: event.time };
  }
}
