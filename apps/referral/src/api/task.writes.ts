import { Injectable } from '@nestjs/common';
import type { FhirResource, Task } from 'fhir/r4';
import { error, FhirError } from '#fhir';
import { type FhirRequest, ResourceWrites } from '#fhir-server';
import type { Stored, Write } from '#fhir-store';
import { fulfil, hasCode } from '../domain/codes.js';
import { isAbort } from '../domain/abort-task.js';
import { isChase } from '../domain/chase-task.js';
import { isLinkTask } from '../domain/identity/link-task.js';
import { AnswerCancellation } from '../use-cases/cancelling/answer-cancellation.js';
import { MakeTask } from '../use-cases/make-task.js';
import { SettleLink } from '../use-cases/identity/settle-link.js';
import { SettleChase } from '../use-cases/settle-chase.js';
import { UpdateTask } from '../use-cases/update-task.js';

/** A Task is the work: moved by its provider along the state machine, by operation or by plain update. */
@Injectable()
export class TaskWrites extends ResourceWrites<Task> {
  readonly type = 'Task';

  constructor(
    private readonly makeTask: MakeTask,
    private readonly updateTask: UpdateTask,
    private readonly answerCancellation: AnswerCancellation,
    private readonly settleChase: SettleChase,
    private readonly settleLink: SettleLink,
  ) {
    super();
  }

  create(resource: Task, request: FhirRequest, siblings: readonly FhirResource[]): Promise<Write[]> {
    return this.makeTask.execute(resource, request, siblings);
  }

  update(resource: Task, previous: Stored, request: FhirRequest, siblings: readonly FhirResource[]): Promise<Write[]> {
    const before = JSON.parse(previous.content) as Task;
    if (isChase(before)) return Promise.resolve(this.settleChase.execute(resource, previous, request));
    if (isLinkTask(before)) return this.settleLink.execute(resource, previous, request);
    if (isAbort(before)) return this.answerCancellation.execute(resource, previous, request, siblings);
    const isReferral = hasCode(before.code, fulfil.system ?? '', fulfil.code ?? '');
    if (before.partOf !== undefined && !isReferral) throw questionnaireFollows();
    const { caller, act, now } = request;
    const beside = siblings.filter((one) => one.resourceType === 'Task');
    const { method, headers } = request;
    const [isWhole, isMatched] = [method === 'PUT', (headers['if-match'] ?? '*').trim() !== '*'];
    const how = { isWhole, isMatched, caller, act, now };
    return this.updateTask.execute({ before: previous, task: resource, beside, ...how });
  }
}

function questionnaireFollows(): FhirError {
  const diagnostics = 'A questionnaire Task is completed by its QuestionnaireResponse, not by an update.';
  return new FhirError([error('business-rule', diagnostics, 'Task.code')], { status: 422 });
}
