import type { Task } from 'fhir/r4';
import { parseDateTime } from '#fhir';
import { businessStatusOf, occurredAtExtension, taskInputSystem } from './codes.js';
import { extensionOf } from './extensions.js';

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
