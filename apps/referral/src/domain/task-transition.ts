import type { Task } from 'fhir/r4';
import { error, FhirError, type Issue } from '#fhir';
import { inputKept, newActivities } from './activities.js';
import { businessStatus, businessStatuses, businessStatusOf } from './codes.js';
import { elementsKept } from './same-element.js';
import { type Actor, type Transition, transitions } from './transitions.js';

export interface Moved {
  task: Task;
  event: string;
  /** Absent where the Task was edited without a turn. */
  transition?: Transition;
}

/** The Task after the turn that `next` asks for; throws FhirError with every reason why not. */
export function moveTask(previous: Task, next: Task, actors: readonly Actor[]): Moved {
  const fixed = fixedElementsKept(previous, next);
  if (fixed.length > 0) throw new FhirError(fixed, { status: 422 });
  if (!isTurn(previous, next)) return edit(previous, next, actors);
  const transition = findTransition(previous, next);
  if (!transition) throw new FhirError([refusal(previous, next)], { status: 422 });
  if (!transition.who.some((actor) => actors.includes(actor))) throw notYours(transition.who);
  const task: Task = { ...next, businessStatus: businessStatus(transition.business) };
  const missing = transition.needs.flatMap((need) => need(task));
  if (missing.length > 0) throw new FhirError(missing, { status: 422 });
  return { task, event: transition.event, transition };
}

/** Where a Task may go from here, in words: `accepted/waitlisted`. */
export function allowedTurns(task: Task): string[] {
  return transitions
    .filter(({ from }) => from.includes(task.status))
    .map(({ to, business }) => `${to === 'same' ? task.status : to}/${business}`);
}

const kept = [
  'intent',
  'code',
  'focus',
  'for',
  'requester',
  'owner',
  'partOf',
  'authoredOn',
  'basedOn',
  'identifier',
  'groupIdentifier',
  'priority',
  'restriction',
] as const;

function fixedElementsKept(previous: Task, next: Task): Issue[] {
  return [
    ...elementsKept([previous, next], kept, 'stays as it was made; another provider gets a Task of its own.'),
    ...inputKept(previous, next, businessStatusOf(next) === 'activity-changed' && isTurn(previous, next)),
  ];
}

function isTurn(previous: Task, next: Task): boolean {
  const business = businessStatusOf(next);
  return (
    previous.status !== next.status ||
    (business !== undefined && business !== businessStatusOf(previous)) ||
    isNextActivity(previous, next)
  );
}

/** The activity changes once more: a turn, though its words are those of the last one. */
function isNextActivity(previous: Task, next: Task): boolean {
  const both = [previous, next].every((task) => businessStatusOf(task) === 'activity-changed');
  return both && previous.status === next.status && newActivities(previous, next).length > 0;
}

function findTransition(previous: Task, next: Task): Transition | undefined {
  const business = businessStatusOf(next);
  const isSame = business === businessStatusOf(previous) && !isNextActivity(previous, next);
  const asked = isSame ? undefined : business;
  return transitions.find(
    ({ from, to, business: reached }) =>
      from.includes(previous.status) &&
      (to === 'same' ? previous.status : to) === next.status &&
      (asked === undefined || asked === reached),
  );
}

function edit(previous: Task, next: Task, actors: readonly Actor[]): Moved {
  if (!actors.some((actor) => actor === 'provider' || actor === 'system')) throw notYours(['provider']);
  // A full update may leave the business status out; it is not taken away by that.
  const task = previous.businessStatus ? { ...next, businessStatus: previous.businessStatus } : next;
  return { task, event: 'task-updated.v1' };
}

function refusal(previous: Task, next: Task): Issue {
  const business = businessStatusOf(next);
  if (business !== undefined && !(businessStatuses as readonly string[]).includes(business)) {
    return error(
      'code-invalid',
      `There is no such business status; known are ${businessStatuses.join(', ')}.`,
      'Task.businessStatus',
    );
  }
  const turns = allowedTurns(previous);
  const allowed = turns.length === 0 ? 'this is an end' : `allowed are ${turns.join(', ')}`;
  return error(
    'business-rule',
    `A Task cannot go from ${previous.status} to ${next.status} like this; ${allowed}.`,
    'Task.status',
  );
}

function notYours(who: readonly Actor[]): FhirError {
  return new FhirError(
    [error('forbidden', `Only the ${who.join(' or the ')} side of this referral may make this change.`, 'Task.status')],
    { status: 403 },
  );
}
