import { Injectable } from '@nestjs/common';
import type { FhirResource, Task } from 'fhir/r4';
import { error, FhirError } from '#fhir';
import { type FhirRequest, ResourceWrites } from '#fhir-server';
import type { Stored, Write } from '#fhir-store';
import { fulfil, hasCode } from '../domain/codes.js';
import { actorsOf } from '../domain/actors.js';
import { AddProvider } from '../use-cases/add-provider.js';
import { MoveTask } from '../use-cases/move-task.js';
import { isTaskFor } from './service-request.writes.js';

/** A Task is the work: moved by its provider along the state machine, by operation or by plain update. */
@Injectable()
export class TaskWrites extends ResourceWrites<Task> {
  readonly type = 'Task';

  constructor(
    private readonly moveTask: MoveTask,
    private readonly addProvider: AddProvider,
  ) {
    super();
  }

  async create(resource: Task, request: FhirRequest, siblings: readonly FhirResource[]): Promise<Write[]> {
    const requests = siblings.filter((one) => one.resourceType === 'ServiceRequest');
    // The requester's own Task is written by its ServiceRequest, as the parent of the referral.
    if (requests.some((one) => one.status === 'active' && isTaskFor(resource, one))) return [];
    if (resource.partOf?.length === 1) return this.addProvider.execute(resource, request);
    throw new FhirError(
      [
        error(
          'business-rule',
          'A Task is made with its active ServiceRequest, or as part of a referral (partOf its Task) for another provider.',
          'Task.partOf',
        ),
      ],
      { status: 422 },
    );
  }

  update(resource: Task, previous: Stored, request: FhirRequest, siblings: readonly FhirResource[]): Promise<Write[]> {
    const before = JSON.parse(previous.content) as Task;
    if (before.partOf === undefined) throw parentFollows();
    if (!hasCode(before.code, fulfil.system ?? '', fulfil.code ?? '')) throw questionnaireFollows();
    return this.moveTask.execute({
      before: previous,
      task: resource,
      actors: actorsOf(before, request.caller),
      beside: siblings.filter((one) => one.resourceType === 'Task'),
      act: request.act,
      now: request.now,
    });
  }
}

function parentFollows(): FhirError {
  const diagnostics =
    "This is the referral's own Task: its state follows from its parts. Update the part (Task?part-of=…) instead.";
  return new FhirError([error('business-rule', diagnostics, 'Task.partOf')], { status: 422 });
}

function questionnaireFollows(): FhirError {
  const diagnostics = 'A questionnaire Task is completed by its QuestionnaireResponse, not by an update.';
  return new FhirError([error('business-rule', diagnostics, 'Task.code')], { status: 422 });
}
