import type { Task } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import { stateBefore } from '../state-before.js';
import { successorOf } from '../successor.js';
import type { Judged } from '../turns/transition.js';

const hourMs = 60 * 60 * 1000;

/** An end is taken back by the side that said it, soon, and while nobody else goes on with it. */
export function endMayBeUndone(_task: Task, { previous, actors, now, policy, sayers }: Judged): Issue[] {
  const left = stateBefore(previous);
  if (!left) return [refused('This end is not taken back')];
  if (successorOf(previous) !== undefined) return [refused('Another part goes on with it')];
  if (now.getTime() - left.at.getTime() > policy.undoHours * hourMs) {
    return [refused(`An end is taken back within ${String(policy.undoHours)} hours`)];
  }
  return sayers.some((actor) => actors.includes(actor)) ? [] : [refused('It is taken back by the side that said it')];
}

function refused(why: string): Issue {
  return error('business-rule', `${why}; reopen it instead (Task/[id]/$reopen).`, 'Task.status');
}
