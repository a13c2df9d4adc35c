import type { Task } from 'fhir/r4';
import { parseDateTime } from '#fhir';
import {
  businessStatusOf,
  expectedWaitExtension,
  occurredAtExtension,
  taskInputSystem,
  waitlistPlaceExtension,
  waitlistReviewExtension,
} from './codes.js';
import { extensionOf, withExtensions } from './extensions.js';
import { statesBefore } from './state-before.js';

/** The part that was sent to an activity which was full: it waits on its list, and says so from the beginning. */
export function sentToWait(part: Task): Task {
  const waiting = { type: { coding: [{ system: taskInputSystem, code: 'waiting' }] }, valueBoolean: true };
  return { ...part, input: [...(part.input ?? []), waiting] };
}

/** Who waits, waits on, whatever session is missed: that it is told tells its time alone. */
export function missedWaiting(task: Task, at: string | undefined): boolean {
  const told = extensionOf(task, occurredAtExtension)?.valueDateTime;
  if (businessStatusOf(task) !== 'waitlisted' || at === undefined || told === undefined) return false;
  return parseDateTime(told) === parseDateTime(at);
}

/** The Task after a turn: what was said of the wait goes with it. An interruption, or an end that may be undone, leads back to it. */
export function offTheList(previous: Task, task: Task): Task {
  return waits(previous) && !waits(task) ? withoutWait(task) : task;
}

export function withoutWait(task: Task): Task {
  const urls = [expectedWaitExtension, waitlistReviewExtension, waitlistPlaceExtension];
  return urls.reduce((made, url) => withExtensions(made, url, []), task);
}

function waits(task: Task): boolean {
  return [businessStatusOf(task), ...statesBefore(task).map(({ business }) => business)].includes('waitlisted');
}
