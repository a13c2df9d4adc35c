import type { Task } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import { replyByExtension } from '../codes.js';
import { extensionOf } from '../extensions.js';
import type { Judged } from '../turns/transition.js';

const dayMs = 24 * 60 * 60 * 1000;
const element = 'Task.extension';

/** A place is not kept free for ever, and nobody replies by a day that is over. */
export function replyIsDated(task: Task, { now }: Judged): Issue[] {
  const by = extensionOf(task, replyByExtension)?.valueDate;
  if (by === undefined) {
    const diagnostics = `An offered place says until when it is kept: extension ${replyByExtension} (valueDate).`;
    return [error('required', diagnostics, element)];
  }
  // That day itself is whole, and a day of grace, for what was said in time and comes late.
  if (Date.parse(by) + 2 * dayMs > now.getTime()) return [];
  return [error('value', `The place is kept until ${by}, a day that is over; name one that comes.`, element)];
}
