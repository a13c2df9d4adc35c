import type { Task } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import { statusReasonOf, statusReasonSystem } from '../status-reasons.js';

/** What has begun was no mistake, unless it was begun with somebody else. */
export function wrongPersonIsSaid({ statusReason }: Task): Issue[] {
  if (statusReasonOf(statusReason) === 'wrong-person') return [];
  return [
    error(
      'required',
      `What has begun is entered in error only with the statusReason ${statusReasonSystem}|wrong-person; otherwise cancel it.`,
      'Task.statusReason',
    ),
  ];
}
