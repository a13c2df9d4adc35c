import { Injectable } from '@nestjs/common';
import type { FhirResource, Task } from 'fhir/r4';
import { audienceOf, error, FhirError, idIn, parseJson, restrictedAs } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import { FhirStore, type Write } from '#fhir-store';
import { abortTaskOf, isAbort } from '../../domain/abort-task.js';
import { actorsOf } from '../../domain/actors.js';
import { businessStatus } from '../../domain/codes.js';
import { becauseOf } from '../../domain/status-reasons.js';
import { isCancellationAsked, isEnd } from '../../domain/state-before.js';
import { CancelReferral } from '../cancel-referral.js';
import { MoveTask } from '../move-task.js';
import { ReferralTasks, type StoredTask } from '../referral-tasks.js';
import { AbortTasks } from './abort-tasks.js';

/** The requester's Task of code abort: asks to cancel the part, or the whole referral, that is its focus. */
@Injectable()
export class AskCancellation {
  constructor(
    private readonly store: FhirStore,
    private readonly tasks: ReferralTasks,
    private readonly abortTasks: AbortTasks,
    private readonly moveTask: MoveTask,
    private readonly cancelReferral: CancelReferral,
  ) {}

  /** The Task that asks is the first of the writes: completed where nobody is to be asked. */
  async execute(sent: Task, request: FhirRequest): Promise<Write[]> {
    const cancelled = await this.#focusOf(sent, request);
    const asked = { ...sent, id: sent.id ?? request.newId() };
    return cancelled.task.partOf === undefined
      ? this.#whole(cancelled, asked, request)
      : this.#part(cancelled, asked, request);
  }

  async #focusOf({ focus }: Task, { caller }: FhirRequest): Promise<StoredTask> {
    const id = idIn(focus, 'Task');
    const stored = id === undefined ? undefined : await this.store.read('Task', id, caller.audience);
    if (!stored || stored.deleted) throw refused('not-found', 'names no referral that you may see.');
    const task = parseJson(stored.content) as Task;
    if (!actorsOf(task, caller).includes('requester')) {
      throw FhirError.of('forbidden', 'Only the requesting side asks to cancel a referral.', {
        expression: 'Task.focus',
      });
    }
    if (idIn(task.focus, 'ServiceRequest') === undefined)
      throw refused('business-rule', 'is not the work of a referral.');
    return { stored, task };
  }

  async #part({ stored, task }: StoredTask, sent: Task, { act, now }: FhirRequest): Promise<Write[]> {
    if (isEnd(task.status)) throw refused('business-rule', `has ended already: it is ${task.status}.`);
    if (isCancellationAsked(task)) {
      const [open] = await this.abortTasks.openOf(stored.id);
      throw FhirError.of('duplicate', `Task/${open?.stored.id ?? ''} asks for that already.`, {
        expression: 'Task.focus',
      });
    }
    const part = becauseOf(task, sent.reasonCode);
    const isUnseen = task.status === 'requested';
    const wished: Task = isUnseen
      ? { ...part, status: 'cancelled', businessStatus: businessStatus('cancelled-by-requester') }
      : { ...part, businessStatus: businessStatus('cancel-requested') };
    const writes = await this.moveTask.execute({
      before: stored,
      task: wished,
      actors: ['requester'],
      brings: ['abort-task-opened'],
      act,
      now,
    });
    const own = this.abortTasks.opened(task, { id: sent.id ?? '', sent, now });
    return [isUnseen ? done(own) : own, ...writes];
  }

  async #whole(parent: StoredTask, sent: Task, { act, now }: FhirRequest): Promise<Write[]> {
    const request = await this.tasks.requestOf(parent.task);
    if (!request) throw refused('not-found', 'has no ServiceRequest any more.');
    const writes = await this.cancelReferral.byTask(request.stored, { act, now, reason: sent.reasonCode });
    const isSettled = writes.some((write) => 'resource' in write && isEndedRequest(write.resource));
    const whole = abortTaskOf(parent.task, { id: sent.id ?? '', sent, now });
    delete whole.owner;
    const own: Write = {
      interaction: 'create',
      resource: restrictedAs(whole, parent.task, sent),
      audience: audienceOf(idIn(parent.task.requester, 'Organization')),
      event: 'referral-cancellation-asked.v1',
    };
    return [isSettled ? done(own) : own, ...writes.map((write) => partOfWhole(write, sent.id ?? ''))];
  }
}

/** Revoked, or completed where a part of it was. */
function isEndedRequest(resource: FhirResource): boolean {
  return resource.resourceType === 'ServiceRequest' && resource.status !== 'active';
}

function done(write: Write): Write {
  if (write.interaction !== 'create') return write;
  return { ...write, resource: { ...(write.resource as Task), status: 'completed' } };
}

function partOfWhole(write: Write, whole: string): Write {
  if (write.interaction !== 'create' || write.resource.resourceType !== 'Task' || !isAbort(write.resource))
    return write;
  return { ...write, resource: { ...write.resource, partOf: [{ reference: `Task/${whole}` }] } };
}

function refused(code: 'not-found' | 'business-rule', what: string): FhirError {
  return new FhirError([error(code, `Task.focus ${what}`, 'Task.focus')], { status: 422 });
}
