import type { Task } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import { contactDueExtension } from '../codes.js';
import { extensionOf } from '../extensions.js';

/** What rests has a day on which somebody looks at it again. */
export function contactIsAgreed(task: Task): Issue[] {
  if (extensionOf(task, contactDueExtension)?.valueDate !== undefined) return [];
  return [
    error(
      'required',
      `The Task says when the person is contacted next: extension ${contactDueExtension} (valueDate).`,
      'Task.extension',
    ),
  ];
}
