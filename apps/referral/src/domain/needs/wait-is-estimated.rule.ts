import type { Task } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import { expectedWaitExtension, waitlistReviewExtension } from '../codes.js';

export function waitIsEstimated(task: Task): Issue[] {
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
