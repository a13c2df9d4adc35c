import type { Task } from 'fhir/r4';
import { businessStatusOf } from '../codes.js';
import { statesBefore } from '../state-before.js';
import type { DeadlineKind } from './deadline.js';

/** A state of a Task, as far as deadlines are concerned. */
interface Stand {
  status: Task['status'];
  business: string | undefined;
}

/** The kinds of deadlines that a Task has where it stands; while it is interrupted, those of what was interrupted. */
export function kindsOf(task: Task): DeadlineKind[] {
  return (Object.keys(stages) as DeadlineKind[]).filter((kind) => isIn(kind, task));
}

export function isIn(kind: DeadlineKind, task: Task): boolean {
  return stages[kind](workOf(task), task);
}

/** True while this deadline's clock stands still: the requester is to answer, or the person may have died. */
export function standsStill(kind: DeadlineKind, task: Task): boolean {
  const business = businessStatusOf(task);
  // Somebody has to be told of a cancellation that nobody answers.
  if (business === 'cancel-requested') return kind !== 'cancel-silence' && kind !== 'no-update';
  return business === 'info-needed' || business === 'death-reported';
}

export function isUndecided({ status }: Pick<Task, 'status'>): boolean {
  return status === 'requested' || status === 'received';
}

const stages: Record<DeadlineKind, (work: Stand, task: Task) => boolean> = {
  acknowledge: ({ status }) => status === 'requested',
  decide: isUndecided,
  expire: isUndecided,
  contact: (work) => isUnderWay(work) && !isWaiting(work),
  reply: ({ status, business }) => status === 'accepted' && business === 'place-offered',
  'waitlist-review': (work) => work.status === 'accepted' && isWaiting(work),
  'no-update': (work) => isUnderWay(work) && !isWaiting(work),
  'cancel-silence': (_work, task) => businessStatusOf(task) === 'cancel-requested' && hasNotBegun(task),
};

const interruptions = ['info-needed', 'cancel-requested', 'death-reported'];

/** Where the work stood before somebody else was to answer. */
function workOf(task: Task): Stand {
  const stands = standsOf(task);
  return stands.find(({ business }) => !interruptions.includes(business ?? '')) ?? standOf(task);
}

/** Also of what rests: it rested before anybody came, or not. */
function hasNotBegun(task: Task): boolean {
  const last = standsOf(task).find(({ status }) => status !== 'on-hold');
  return last !== undefined && (isUndecided(last) || last.status === 'accepted');
}

/** From where it stands back to where it was before any interruption. */
function standsOf(task: Task): Stand[] {
  return [standOf(task), ...statesBefore(task)];
}

function standOf(task: Task): Stand {
  return { status: task.status, business: businessStatusOf(task) };
}

function isUnderWay({ status }: Stand): boolean {
  return ['accepted', 'in-progress', 'on-hold'].includes(status);
}

function isWaiting({ business }: Stand): boolean {
  return business === 'waitlisted';
}
