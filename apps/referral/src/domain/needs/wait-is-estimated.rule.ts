import type { Task } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import { expectedWaitExtension, waitlistReviewExtension } from '../codes.js';
import { extensionOf } from '../extensions.js';

export function waitIsEstimated(task: Task): Issue[] {
  const wait = extensionOf(task, expectedWaitExtension)?.valueDuration?.value;
  if (wait !== undefined && wait < 0) {
    return [error('value', 'A wait is not shorter than nothing: expected-wait is 0 or more.', 'Task.extension')];
  }
  const has = (url: string, value: 'valueDuration' | 'valueDate') =>
    task.extension?.some((extension) => extension.url === url && extension[value] !== undefined) ?? false;
  return [
    ...(has(expectedWaitExtension, 'valueDuration')
      ? []
      : [missing('how long', expectedWaitExtension, 'valueDuration')]),
    ...(has(waitlistReviewExtension, 'valueDate') ? [] : [missing('until when', waitlistReviewExtension, 'valueDate')]),
  ];
}

function missing(what: string, url: string, value: string): Issue {
  return error('required', `A waitlisted Task says ${what} in the extension ${url} (${value}).`, 'Task.extension');
}
