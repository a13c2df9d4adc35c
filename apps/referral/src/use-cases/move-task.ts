import { Injectable } from '@nestjs/common';
import type { ServiceRequest, Task } from 'fhir/r4';
import { error, everyone, FhirError, idIn, organisationsOf, parseJson, restrictedAs } from '#fhir';
import { type Act, FhirStore, personsIn, type Stored, type Write } from '#fhir-store';
import { newActivities } from '../domain/activities.js';
import { completionProvenance } from '../domain/completion-provenance.js';
import { rollUp } from '../domain/roll-up.js';
import { moveTask } from '../domain/task-transition.js';
import type { Actor } from '../domain/transitions.js';
import { type MovedReferral, NarrowReferral, parentAudience } from './narrow-referral.js';
import { ProviderDirectory } from './provider-directory.js';
import { parentWrite, ReferralTasks, type StoredTask } from './referral-tasks.js';

export interface TaskMove {
  before: Stored;
  /** As the mover wants it. */
  task: Task;
  actors: readonly Actor[];
  /** Other parts that move with it, in the same transaction. */
  beside?: readonly Task[];
  act: Act;
  now: Date;
}

/** Takes a provider's Task one turn further, and the referral's own Task and ServiceRequest with it. */
@Injectable()
export class MoveTask {
  constructor(
    private readonly store: FhirStore,
    private readonly tasks: ReferralTasks,
    private readonly directory: ProviderDirectory,
    private readonly narrowReferral: NarrowReferral,
  ) {}

  async execute({ before, task: wished, actors, beside = [], act, now }: TaskMove): Promise<Write[]> {
    const previous = parseJson(before.content) as Task;
    const moved = moveTask(previous, wished, actors);
    const task: Task = { ...moved.task, lastModified: now.toISOString() };
    if (moved.transition?.business === 'activity-changed') await this.#ownActivities(previous, task);
    const own: Write = {
      interaction: 'update',
      resource: task,
      audience: before.audience,
      version: before.version,
      event: moved.event,
    };
    // An edit moves nothing: the referral's own Task stays as it is.
    return moved.transition ? [own, ...(await this.#followers(task, { beside, actors, act, now }))] : [own];
  }

  /** A provider offers what it provides itself: for another's activity the requester asks the other. */
  async #ownActivities(before: Task, after: Task): Promise<void> {
    for (const id of newActivities(before, after)) {
      const { owner } = await this.directory.providerOf(id, 'Task.input');
      if (idIn(owner, 'Organization') === idIn(after.owner, 'Organization')) continue;
      const diagnostics = `HealthcareService/${id} is not provided by the owner of this Task.`;
      throw new FhirError([error('business-rule', diagnostics, 'Task.input')], { status: 422 });
    }
  }

  /**
   * The parent is written at every turn, also where it stays as it was: two parts that move at once then meet on it, and the
   * second one is planned again with the first one's turn before it.
   */
  async #followers(
    child: Task,
    when: Pick<TaskMove, 'actors' | 'act' | 'now'> & { beside: readonly Task[] },
  ): Promise<Write[]> {
    const parent = await this.tasks.parentOf(child);
    if (!parent) return [];
    const parts = await this.tasks.partsOf(parent.stored.id);
    const children = parts.map(({ task }) => (task.id === child.id ? child : movedBeside(task, when)));
    const rolled = rollUp(parent.task, children);
    const moved = { parent: parent.task, parts: children };
    const left = this.narrowReferral.left(moved);
    return [
      parentWrite(
        parent,
        { ...rolled, lastModified: when.now.toISOString() },
        parentAudience(parent, { joining: [], left }),
      ),
      ...(await this.#withoutThose(moved, parent)),
      ...(rolled.status === 'completed' ? await this.#completeRequest(rolled, when) : []),
    ];
  }

  /** Of those who have left already nothing more is to be taken: it was when they did. */
  async #withoutThose(moved: MovedReferral, { stored }: StoredTask): Promise<Write[]> {
    const left = this.narrowReferral.left(moved);
    const isNew = left.some((organisation) => organisationsOf(stored.audience).includes(organisation));
    return isNew ? this.narrowReferral.execute(moved) : [];
  }

  /** Ginnel closes the wish on the requester's behalf when its work is done, and says so in a Provenance. */
  async #completeRequest(parent: Task, when: { act: Act; now: Date }): Promise<Write[]> {
    const id = idIn(parent.focus, 'ServiceRequest');
    const stored = id === undefined ? undefined : await this.store.read('ServiceRequest', id, everyone);
    if (!stored || stored.deleted) return [];
    const request = parseJson(stored.content) as ServiceRequest;
    if (request.status !== 'active') return [];
    const { audience, version } = stored;
    return [
      {
        interaction: 'update',
        resource: { ...request, status: 'completed' },
        audience,
        version,
        event: 'service-request-completed.v1',
      },
      {
        interaction: 'create',
        resource: restrictedAs(
          completionProvenance(request, parent, { version: version + 1, ...when }),
          request,
          parent,
        ),
        audience,
        persons: personsIn(stored),
      },
    ];
  }
}

/** A part as it will be: all that move in one transaction then make the same of their referral. */
function movedBeside(task: Task, { beside, actors }: { beside: readonly Task[]; actors: readonly Actor[] }): Task {
  const wished = beside.find(({ id }) => id === task.id);
  return wished ? moveTask(task, wished, actors).task : task;
}
