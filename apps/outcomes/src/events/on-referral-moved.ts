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

const undone = 'referral-undone.v1';

/** A referral ended, or goes on after all: its outcome summary is made. A part was started, says more after its end, or was an error. */
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

  /** A Task without a wish is not a referral's own, such as one that asks a person to look into something. */
  override concerns({ type, data }: CloudEvent): boolean {
    const task = data as Task | undefined;
    if (idIn(task?.focus, 'ServiceRequest') === undefined || task === undefined) return false;
    const isMistake = task.status === 'entered-in-error';
    if (task.partOf === undefined) return isMistake || mayBeOver(task);
    return isPart(task) && (isMistake || task.status === 'in-progress' || isEnded(task) || type === undone);
  }

  async handle(event: CloudEvent, tx: Session): Promise<void> {
    const task = event.data as Task;
    const requestId = idIn(task.focus, 'ServiceRequest') ?? '';
    if (task.partOf !== undefined) return this.#part(task, { requestId, event }, tx);
    if (task.status === 'entered-in-error') {
      return this.withdrawOutcomeSummary.execute(requestId, this.#occasion(event), tx);
    }
    const { id: taskId } = subjectResource(event.subject);
    const occasion = { ...this.#occasion(event), stage: { code: 'end' as const } };
    await this.makeOutcomeSummary.execute({ taskId, requestId, patientId: personOf(task) }, occasion, tx);
  }

  async #part(task: Task, { requestId, event }: { requestId: string; event: CloudEvent }, tx: Session): Promise<void> {
    if (event.type === undone) await this.#goesOn(task, { requestId, event }, tx);
    if (task.status === 'in-progress') return this.noteMilestones.execute(task, event.time, tx);
    const mistake = task.status === 'entered-in-error' ? { isAmended: true, mistake: task } : { isAmended: false };
    await this.correctOutcomeSummary.execute(requestId, { ...this.#occasion(event), ...mistake }, tx);
  }

  async #goesOn(
    task: Task,
    { requestId, event }: { requestId: string; event: CloudEvent },
    tx: Session,
  ): Promise<void> {
    const taskId = idIn(task.partOf?.[0], 'Task') ?? '';
    const occasion = { ...this.#occasion(event), stage: { code: 'goes-on' as const } };
    await this.makeOutcomeSummary.execute({ taskId, requestId, patientId: personOf(task) }, occasion, tx);
  }

  #occasion(event: CloudEvent) {
    return { act: actOf(event, { service: 'outcomes', handler: this.consumer }), at: event.time };
  }
}

function personOf({ for: person }: Task): string {
  const id = idIn(person, 'Patient');
  if (id === undefined) throw new Unprocessable('The Task of a referral names no Patient.');
  return id;
}
