import type { Task } from 'fhir/r4';
import { parseDateTime } from '#fhir';
import { occurredAtExtension } from './codes.js';
import { extensionOf, extensionsOf, withExtensions } from './extensions.js';
import { occurredAgain } from './find-turn.js';
import type { PartTurn } from './transitions.js';

const dayMs = 24 * 60 * 60 * 1000;

/** The Task with when its turn happened: as it is said, otherwise now. What the Task said of its last turn is not meant. */
export function timed(previous: Task, task: Task, { row, now }: { row: PartTurn; now: Date }): Task {
  if (row.reminds) return withTimeOf(previous, task);
  if (occurredAgain(previous, task)) return task;
  const begun = row.begins ? begunAt(previous, task, now) : undefined;
  return withTime(task, begun ?? now.toISOString());
}

/** The Task with the time of its last turn, which stays. */
export function withTimeOf(previous: Task, task: Task): Task {
  return withExtensions(task, occurredAtExtension, extensionsOf(previous, occurredAtExtension));
}

/**
 * How a time is said of a turn that may have happened at the moment of the one before it: in other words, since the same words
 * are those that were read and sent back. Of the same turn once more they stay as they were.
 */
export function saidOf(task: Task, at: string, { isRepeated = false } = {}): string {
  const last = timeOf(task);
  if (last === undefined || parseDateTime(last) !== parseDateTime(at)) return at;
  if (isRepeated) return last;
  const [utc, offset] = [new Date(parseDateTime(at)).toISOString(), '+00:00'];
  return [at, utc].find((words) => words !== last) ?? utc.replace('Z', offset);
}

/** When a turn that the Task took last happened, as it says it. */
export function timeOf(task: Task): string | undefined {
  return extensionOf(task, occurredAtExtension)?.valueDateTime;
}

/**
 * Since when the work goes on, as executionPeriod says it: the sessions that are entered next were after that. Undefined where
 * it would be to come, or before what happened last; a date may be any time of its day.
 */
function begunAt(previous: Task, { executionPeriod }: Task, now: Date): string | undefined {
  const start = executionPeriod?.start;
  if (start === undefined || parseDateTime(start) > now.getTime()) return undefined;
  const last = timeOf(previous) ?? previous.authoredOn;
  if (last === undefined || parseDateTime(last) <= parseDateTime(start)) return start;
  const isOfItsDay = !start.includes('T') && parseDateTime(last) < parseDateTime(start) + dayMs;
  return isOfItsDay ? last : undefined;
}

function withTime(task: Task, valueDateTime: string): Task {
  return withExtensions(task, occurredAtExtension, [{ url: occurredAtExtension, valueDateTime }]);
}
