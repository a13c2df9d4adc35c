import type { Task } from 'fhir/r4';
import { error, type Issue, parseDateTime } from '#fhir';
import type { Judged } from '../turns/transition.js';

const dayMs = 24 * 60 * 60 * 1000;
const element = 'Task.executionPeriod.start';

/** What begins later has not begun; a day of grace, as a date alone says nothing of its hour. */
export function startIsDated({ executionPeriod }: Task, { now }: Judged): Issue[] {
  const start = executionPeriod?.start;
  if (start === undefined)
    return [error('required', 'A started Task says when it began, in executionPeriod.start.', element)];
  if (parseDateTime(start) <= now.getTime() + dayMs) return [];
  return [error('value', 'This start lies ahead of the clock here; say that it began when it has begun.', element)];
}
