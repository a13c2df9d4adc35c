import type { Task } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import { businessStatusOf } from '../codes.js';
import { personHasDied } from '../identity/patient-change.js';
import { stateBefore } from '../state-before.js';
import { successorOf } from '../successor.js';
import type { Judged } from '../turns/transition.js';

const hourMs = 60 * 60 * 1000;

/** An end is taken back by the side that said it, soon, while nobody else goes on with it and the person is alive. */
export function endMayBeUndone(_task: Task, judged: Judged): Issue[] {
  const { previous, actors, now, policy, sayers, ownerLeft, died } = judged;
  const left = stateBefore(previous);
  if (!left) return [refused('This end is not taken back')];
  if (successorOf(previous) !== undefined || ownerLeft) return [refused('Another part goes on with it')];
  if (died) return [personHasDied('Task.for')];
  // Who confirms a cancellation, or is silent, does not say what its requester said.
  if (businessStatusOf(previous) === 'cancelled-by-requester' && !actors.includes('requester')) {
    return [error('business-rule', 'Its requester cancelled it; the requester alone begins again.', 'Task.status')];
  }
  if (now.getTime() - left.at.getTime() > policy.undoHours * hourMs) {
    return [refused(`An end is taken back within ${String(policy.undoHours)} hours`)];
  }
  return sayers.some((actor) => actors.includes(actor)) ? [] : [refused('It is taken back by the side that said it')];
}

function refused(why: string): Issue {
  return error('business-rule', `${why}; reopen it instead (Task/[id]/$reopen).`, 'Task.status');
}
