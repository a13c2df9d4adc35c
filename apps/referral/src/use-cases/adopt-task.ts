import { Injectable } from '@nestjs/common';
import type { Task } from 'fhir/r4';
import { error, FhirError, idIn } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import type { Write } from '#fhir-store';
import { actorsOf } from '../domain/actors.js';
import { describedBy } from '../domain/new-referral.js';
import { sameIdentifier } from '../domain/same-element.js';
import { parentWrite, ReferralTasks } from './referral-tasks.js';

/**
 * A requester that sends its Task after its ServiceRequest: the referral has its own Task by then, which takes over what this one
 * says of itself. There is one Task for a referral, however often it is sent.
 */
@Injectable()
export class AdoptTask {
  constructor(private readonly tasks: ReferralTasks) {}

  async execute(sent: Task, { caller, now }: FhirRequest): Promise<Write[]> {
    const id = idIn(sent.focus, 'ServiceRequest') ?? '';
    const parent = await this.tasks.referralOf(id);
    if (!parent || !actorsOf(parent.task, caller).includes('requester')) throw noReferral(id);
    if (sent.owner?.reference !== undefined && sent.owner.reference !== parent.task.owner?.reference)
      throw asksAnother();
    return [parentWrite(parent, { ...adopted(parent.task, sent), lastModified: now.toISOString() })];
  }
}

function adopted(own: Task, sent: Task): Task {
  const before = own.identifier ?? [];
  const added = (sent.identifier ?? []).filter((one) => !before.some((other) => sameIdentifier(one, other)));
  const identifier = [...before, ...added];
  return { ...own, ...describedBy(sent), ...(identifier.length > 0 ? { identifier } : {}) };
}

function noReferral(id: string): FhirError {
  const diagnostics = `ServiceRequest/${id} is no referral of yours: a Task is made for an active ServiceRequest that you sent.`;
  return new FhirError([error('business-rule', diagnostics, 'Task.focus')], { status: 422 });
}

function asksAnother(): FhirError {
  const diagnostics =
    "The ServiceRequest went to another provider: to ask this one too, send the Task as part (partOf) of the referral's own.";
  return new FhirError([error('business-rule', diagnostics, 'Task.owner')], { status: 422 });
}
