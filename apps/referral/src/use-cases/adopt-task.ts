import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { ServiceRequest, Task } from 'fhir/r4';
import { bearsLabel, error, FhirError, idIn, restrictedAs } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import type { Write } from '#fhir-store';
import { actorsOf } from '../domain/actors.js';
import { inputOf } from '../domain/new-part.js';
import { describedAnew, otherParties } from '../domain/own-task.js';
import { writerOf } from '../domain/task-notes.js';
import { unchanged } from './move-task.js';
import { OpenReferral } from './open-referral.js';
import { notToBeHad } from './plan-part.js';
import { parentWrite, ReferralTasks, type StoredTask } from './referral-tasks.js';

/**
 * A requester's own Task: the referral's, which takes over what this one says of itself. There is one Task for a referral, however
 * often it is sent.
 */
@Injectable()
export class AdoptTask {
  constructor(
    private readonly tasks: ReferralTasks,
    private readonly openReferral: OpenReferral,
  ) {}

  /** Sent after its ServiceRequest: the referral has its own Task by then. */
  async execute(sent: Task, { caller, now }: FhirRequest): Promise<Write[]> {
    const id = idIn(sent.focus, 'ServiceRequest') ?? '';
    const parent = await this.tasks.referralOf(id);
    if (!parent || !actorsOf(parent.task, caller).includes('requester')) throw noReferral(id);
    return this.described(
      parent,
      { sent, wished: describedAnew(parent.task, sent, writerOf(caller, now)) },
      { caller, now },
    );
  }

  /** Sent in one transaction with its ServiceRequest, which writes it. */
  async beside(sent: Task, wish: ServiceRequest, { caller, planned }: FhirRequest): Promise<Write[]> {
    // What is wrong with the ServiceRequest itself is told of its own entry.
    const parties = await this.openReferral.partiesOf(wish, caller, { planned }).catch(notToBeHad);
    const { owner, activity } = parties ?? {};
    refuseOthers(sent, { ...(parties ? { asked: [owner, activity] } : {}), subject: wish.subject });
    return [];
  }

  /** The referral's own Task as its requester describes it; as it is where nothing is new. */
  async described(
    parent: StoredTask,
    { sent, wished }: { sent: Task; wished: Task },
    { caller, now }: Pick<FhirRequest, 'caller' | 'now'>,
  ): Promise<Write[]> {
    const own = parent.task;
    if (own.status === 'entered-in-error') throw isMistaken();
    refuseOthers(sent, { asked: await this.#askedFor(parent), subject: own.for, focus: own.focus });
    const request = await this.tasks.requestOf(own);
    const hasPriority = request?.resource.priority !== undefined && own.priority !== undefined;
    const task = restrictedAs({ ...wished, ...(hasPriority ? { priority: own.priority } : {}) }, sent);
    if (!bearsLabel(caller.audience, task.meta?.security)) throw hides();
    if (isDeepStrictEqual(task, own)) return [unchanged(own, parent.stored)];
    return [parentWrite(parent, { ...task, lastModified: now.toISOString() })];
  }

  /** The provider to which the ServiceRequest went, and the activity that it was asked for. */
  async #askedFor({ stored, task: { owner } }: StoredTask) {
    const parts = await this.tasks.partsOf(stored.id);
    const first = parts.filter(({ task }) => task.owner?.reference === owner?.reference);
    return [owner, ...first.map(({ task }) => inputOf(task, 'activity')?.valueReference)];
  }
}

function refuseOthers(sent: Task, parties: Parameters<typeof otherParties>[1]): void {
  const issues = otherParties(sent, parties);
  if (issues.length > 0) throw new FhirError(issues, { status: 422 });
}

function noReferral(id: string): FhirError {
  const diagnostics = `ServiceRequest/${id} is no referral of yours: a Task is made for an active ServiceRequest that you sent.`;
  return new FhirError([error('business-rule', diagnostics, 'Task.focus')], { status: 422 });
}

function isMistaken(): FhirError {
  const diagnostics = 'This referral was entered in error; nothing more is kept in it.';
  return FhirError.of('deleted', diagnostics, { status: 410 });
}

function hides(): FhirError {
  const diagnostics =
    "You would not see the referral's own Task: it is labelled restricted with the scope that shows such records.";
  return FhirError.of('forbidden', diagnostics, { expression: 'Task.meta.security' });
}
