import type { Task } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import { contactAttemptExtension, readinessExtension } from '../codes.js';
import { extensionsOf } from '../extensions.js';
import { readinessOf } from '../readiness.js';
import type { Judged } from '../turns/transition.js';

/** A contact that reached the person says how ready she is; one that did not is an attempt, and says nothing of her. */
export function contactIsRecorded(task: Task, { previous }: Judged): Issue[] {
  const attempts = (one: Task) => extensionsOf(one, contactAttemptExtension).length;
  if (readinessOf(task) !== undefined || attempts(task) > attempts(previous)) return [];
  return [
    error(
      'required',
      `A contact says how ready the person is: extension ${readinessExtension} with the code red, yellow or green. One that reached nobody adds the extension ${contactAttemptExtension}.`,
      'Task.extension',
    ),
  ];
}
