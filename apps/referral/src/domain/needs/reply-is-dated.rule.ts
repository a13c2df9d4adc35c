import type { Task } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import { replyByExtension } from '../codes.js';
import { extensionOf } from '../extensions.js';

/** A place is not kept free for ever. */
export function replyIsDated(task: Task): Issue[] {
  if (extensionOf(task, replyByExtension)?.valueDate !== undefined) return [];
  return [
    error(
      'required',
      `An offered place says until when it is kept: extension ${replyByExtension} (valueDate).`,
      'Task.extension',
    ),
  ];
}
