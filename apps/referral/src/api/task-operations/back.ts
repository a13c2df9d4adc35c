import type { Task } from 'fhir/r4';
import { error, FhirError } from '#fhir';
import { type BusinessStatus, businessStatusOf } from '../../domain/codes.js';
import { stateBefore } from '../../domain/state-before.js';
import { turned } from './wished-task.js';

/** The Task as it was before it came to one of these states. */
export function wentBack(task: Task, from: readonly BusinessStatus[]): Task {
  const left = stateBefore(task);
  const business = businessStatusOf(task);
  if (left && from.some((one) => one === business)) return turned(task, left.status, left.business);
  const diagnostics = `This is for a Task that is ${from.join(' or ')}; this one is ${business ?? task.status}.`;
  throw new FhirError([error('business-rule', diagnostics, 'Task.businessStatus')], { status: 422 });
}
