import { Injectable } from '@nestjs/common';
import type { FhirResource, Task } from 'fhir/r4';
import { error, FhirError, idIn, parseJson } from '#fhir';
import type { FhirRequest } from '#fhir-server';
import type { Stored, Write } from '#fhir-store';
import { isAbort } from '../../domain/abort-task.js';
import { actorsOf } from '../../domain/actors.js';
import { businessStatus } from '../../domain/codes.js';
import { stateBefore } from '../../domain/state-before.js';
import { becauseOf } from '../../domain/status-reasons.js';
import { MoveTask } from '../move-task.js';
import { ReferralTasks, type StoredTask } from '../referral-tasks.js';
import { AbortTasks } from './abort-tasks.js';

/** The provider's answer to a Task that asks it to cancel: completed, the part is cancelled; rejected, the part goes on. */
@Injectable()
export class AnswerCancellation {
  constructor(
    private readonly tasks: ReferralTasks,
    private readonly abortTasks: AbortTasks,
    private readonly moveTask: MoveTask,
  ) {}

  async execute(
    answer: Task,
    before: Stored,
    { caller, act, now }: FhirRequest,
    siblings: readonly FhirResource[] = [],
  ): Promise<Write[]> {
    const asked = parseJson(before.content) as Task;
    if (!actorsOf(asked, caller).includes('provider')) {
      throw FhirError.of('forbidden', 'A request to cancel is answered by the provider that it asks.', {
        expression: 'Task.status',
      });
    }
    if (asked.status === answer.status && asked.status !== 'requested') return [unchanged(asked, before)];
    const as = answerIn(answer, asked);
    const part = await this.tasks.withId(idIn(asked.focus, 'Task') ?? '');
    if (!part) throw refused('The part that it asks to cancel is not there any more.');
    await this.#refuseTwo(part.task, answer, siblings);
    const writes = await this.moveTask.execute({
      before: part.stored,
      task: as === 'completed' ? cancelledPart(part) : continuedPart(part, answer),
      actors: ['provider'],
      brings: [as === 'completed' ? 'abort-task-completed' : 'abort-task-rejected'],
      act,
      now,
    });
    const settled = await this.abortTasks.settled(becauseOf(part.task, answer.statusReason), { as, now });
    return [...settled.map((write) => (isOf(write, before.id) ? withWords(write, answer) : write)), ...writes];
  }

  /** Each is planned from what stands here: of two parts that move at once so the referral would hear of one. */
  async #refuseTwo(part: Task, answer: Task, siblings: readonly FhirResource[]): Promise<void> {
    const others = siblings.filter(({ id }) => id !== answer.id).filter((one) => one.resourceType === 'Task');
    for (const other of others) {
      const beside = await this.#partMovedBy(other);
      if (!beside || beside.id === part.id) continue;
      if (idIn(beside.partOf?.[0], 'Task') !== idIn(part.partOf?.[0], 'Task')) continue;
      throw refused('Another part of this referral is moved beside it: send one after the other.');
    }
  }

  /** As it stands here: what an update leaves out is here all the same. */
  async #partMovedBy({ id = '', status }: Task): Promise<Task | undefined> {
    const known = (await this.tasks.withId(id))?.task;
    if (!known || known.status === status) return undefined;
    return isAbort(known) ? (await this.tasks.withId(idIn(known.focus, 'Task') ?? ''))?.task : known;
  }
}

function answerIn({ status }: Task, asked: Task): 'completed' | 'rejected' {
  if (asked.status !== 'requested') throw refused(`This request is settled: it is ${asked.status}.`);
  if (status === 'completed' || status === 'rejected') return status;
  throw refused('Answer completed (the part is cancelled) or rejected (it goes on).');
}

function cancelledPart({ task }: StoredTask): Task {
  return {
    ...becauseOf(task, undefined),
    status: 'cancelled',
    businessStatus: businessStatus('cancelled-by-requester'),
  };
}

/** The state in which it was when it was asked. */
function continuedPart({ task }: StoredTask, { statusReason }: Task): Task {
  const left = stateBefore(task);
  return {
    ...becauseOf(task, statusReason),
    status: left?.status ?? task.status,
    businessStatus: businessStatus(left?.business ?? 'acknowledged'),
  };
}

function isOf(write: Write, id: string): boolean {
  return 'resource' in write && write.resource.id === id;
}

/** What the provider wrote beside its answer. */
function withWords(write: Write, { note, output }: Task): Write {
  if (write.interaction !== 'update') return write;
  const words = { ...(note ? { note } : {}), ...(output ? { output } : {}) };
  return { ...write, resource: { ...(write.resource as Task), ...words } };
}

function unchanged(resource: Task, { audience, version }: Stored): Write {
  return { interaction: 'update', resource, audience, version };
}

function refused(diagnostics: string): FhirError {
  return new FhirError([error('business-rule', diagnostics, 'Task.status')], { status: 422 });
}
