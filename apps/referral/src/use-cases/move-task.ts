import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { Task } from 'fhir/r4';
import { type Audience, idIn, organisationsOf, parseJson } from '#fhir';
import type { Act, Stored, Write } from '#fhir-store';
import { businessStatusOf, workerExtension } from '../domain/codes.js';
import type { Deadline } from '../domain/deadlines/deadline.js';
import { extensionOf } from '../domain/extensions.js';
import { hasDied } from '../domain/identity/patient-change.js';
import { plainlyMeant, type TaskWriter } from '../domain/plain-task.js';
import { rollUp } from '../domain/roll-up.js';
import { isEnd } from '../domain/state-before.js';
import { withoutOthersNotes } from '../domain/task-notes.js';
import { editEvent, type Moved, moveTask } from '../domain/task-transition.js';
import type { Actor, Effect } from '../domain/transitions.js';
import type { TurnPolicy } from '../domain/turns/turn-policy.js';
import { ReservePlace } from './directory/reserve-place.js';
import { TurnEffects } from './effects/turn-effects.js';
import { FollowRequest } from './follow-request.js';
import { type MovedReferral, NarrowReferral, parentAudience } from './narrow-referral.js';
import type { PlannedPart } from './plan-part.js';
import { parentWrite, ReferralTasks, type StoredTask } from './referral-tasks.js';

export interface TaskMove {
  before: Stored;
  /** As the mover wants it. */
  task: Task;
  actors: readonly Actor[];
  /** Other parts that move with it, in the same transaction. */
  beside?: readonly Task[];
  /** Whose plain updates those beside are, where they stand as they were sent. */
  writer?: TaskWriter;
  act: Act;
  now: Date;
  /** Id of the row, where the Task alone does not tell it. */
  turn?: string;
  /** It does not show that its writer has seen the Task as it is. */
  isBlind?: boolean;
  /** Effects that the caller writes itself. */
  brings?: readonly Effect[];
  /** The part that goes on for this one, where the caller planned it. */
  successor?: PlannedPart;
  /** The deadline that passed, where that is why it moves. */
  passed?: Deadline;
  policy?: TurnPolicy;
}

/** Takes a provider's Task one turn further, and the referral's own Task and ServiceRequest with it. */
@Injectable()
export class MoveTask {
  constructor(
    private readonly tasks: ReferralTasks,
    private readonly narrowReferral: NarrowReferral,
    private readonly reservePlace: ReservePlace,
    private readonly followRequest: FollowRequest,
    private readonly effects: TurnEffects,
  ) {}

  async execute(move: TaskMove): Promise<Write[]> {
    const { before, act, now } = move;
    const previous = parseJson(before.content) as Task;
    const parent = await this.tasks.parentOf(previous);
    const named = parent
      ? await this.effects.succeeded({ previous, wished: move.task, parent, planned: move.successor, now })
      : { wished: move.task };
    const died = await this.#isOverAndDied(previous);
    const moved = moveTask(previous, named.wished, { ...move, ownerLeft: hasLeft(previous, parent), died });
    if (!moved.transition && !move.passed && changesNothing(previous, moved.task)) return [unchanged(previous, before)];
    const turned = moved.transition !== undefined;
    const task = await this.effects.dated([previous, { ...moved.task, lastModified: now.toISOString() }], {
      now,
      turned: turned && !move.passed,
      ...(move.passed ? { passed: move.passed } : {}),
    });
    const successor = named.successor ?? move.successor;
    const others = moved.transition
      ? [
          ...(parent ? await this.#followers({ previous, task, parent, successor, died }, move) : []),
          ...(await this.effects.execute({ ...move, previous, task, transition: moved.transition, successor })),
        ]
      : [];
    // Last, when nothing else refuses: a place that is asked for in vain is missed by others for a while.
    const placed = await this.reservePlace.execute(
      { previous, version: before.version, task, isTurn: turned },
      { act, now },
    );
    const own: Write = {
      interaction: 'update',
      resource: placed.task,
      audience: before.audience,
      version: before.version,
      event: eventOf(previous, moved),
      keys: placed.keys,
    };
    return [own, ...others];
  }

  /** Nothing that ended goes on or begins again for somebody who has died. */
  async #isOverAndDied(task: Task): Promise<boolean> {
    const person = isEnd(task.status) ? await this.tasks.personOf(task) : undefined;
    return person !== undefined && hasDied(person.resource);
  }

  /**
   * The parent is written at every turn, also where it stays as it was: two parts that move at once then meet on it, and the
   * second one is planned again with the first one's turn before it.
   */
  async #followers({ previous, task, parent, successor, died }: Turned, move: TaskMove): Promise<Write[]> {
    const { act, now } = move;
    const parts = await this.tasks.partsOf(parent.stored.id);
    const known = parts.map((one) => (one.task.id === task.id ? task : movedBeside(one.task, move)));
    const isOfIt = successor && idIn(successor.task.partOf?.[0], 'Task') === parent.stored.id;
    const children = isOfIt ? [...known, successor.task] : known;
    const { audience: joining, beside = [] } = isOfIt ? successor : { audience: [] };
    const deathStands = died || businessStatusOf(previous) !== 'patient-died';
    const rolled = withoutOthersNotes(rollUp(parent.task, children, { deathStands }), { parts: children, joining });
    const moved = { parent: parent.task, parts: children, joining, beside };
    const left = this.narrowReferral.left(moved);
    const { actors } = move;
    const followed = await this.followRequest.execute({
      previous,
      before: parent.task,
      parent: rolled,
      actors,
      act,
      now,
    });
    return [
      parentWrite(parent, { ...rolled, lastModified: now.toISOString() }, parentAudience(parent, { joining, left })),
      ...(await this.#shared(moved, { parent, left, followed })),
    ];
  }

  /** Who joins sees what is shared. Of those who have left already nothing more is to be taken: it was when they did. */
  async #shared(
    moved: MovedReferral,
    { parent, left, followed }: { parent: StoredTask; left: Audience; followed: readonly Write[] },
  ): Promise<Write[]> {
    if (moved.joining?.length) {
      const requester = idIn(parent.task.requester, 'Organization') ?? '';
      const sharer = { audience: [requester, `${requester}#R`, `${requester}#V`] };
      return this.narrowReferral.shared(moved, { audience: moved.joining, sharer }, followed);
    }
    const isNew = left.some((organisation) => organisationsOf(parent.stored.audience).includes(organisation));
    return isNew ? this.narrowReferral.execute(moved, followed) : [...followed];
  }
}

interface Turned {
  previous: Task;
  task: Task;
  parent: StoredTask;
  successor: PlannedPart | undefined;
  /** It had ended, and the record says that the person has died. */
  died: boolean;
}

/** Another worker without a turn is an event of its own: who was given the Task hears of it. */
function eventOf(previous: Task, { task, event }: Moved): string {
  const worker = (one: Task): unknown => extensionOf(one, workerExtension)?.valueReference;
  const isOther = event === editEvent && !isDeepStrictEqual(worker(previous), worker(task));
  return isOther ? 'task-assigned.v1' : event;
}

/** The provider of a part that said no, once the referral has gone on with another: it sees what is shared no more. */
function hasLeft({ owner }: Task, parent: StoredTask | undefined): boolean {
  const id = idIn(owner, 'Organization');
  return parent !== undefined && id !== undefined && !organisationsOf(parent.stored.audience).includes(id);
}

/** A part as it will be: all that move in one transaction then make the same of their referral. */
function movedBeside(task: Task, { beside = [], writer, actors, now }: TaskMove): Task {
  const sent = beside.find(({ id }) => id === task.id);
  if (!sent) return task;
  return moveTask(task, writer ? plainlyMeant(task, sent, writer) : sent, { actors, now }).task;
}

/** Extensions of different kinds stand in no order. */
function changesNothing(previous: Task, task: Task): boolean {
  const sorted = ({ extension = [] }: Task) => extension.toSorted((one, other) => one.url.localeCompare(other.url));
  const unstamped = ({ meta }: Task) => ({ ...meta, versionId: undefined, lastUpdated: undefined });
  const worded = (one: Task) => ({ ...one, extension: sorted(one), lastModified: undefined, meta: unstamped(one) });
  return isDeepStrictEqual(worded(previous), worded(task));
}

/** The same turn once more: an update by what is there, which writes nothing. */
export function unchanged(resource: Task, { audience, version }: Stored): Write {
  return { interaction: 'update', resource, audience, version };
}
