import type { Task } from 'fhir/r4';
import { error, type Issue } from '#fhir';

export function startIsDated(task: Task): Issue[] {
  if (task.executionPeriod?.start !== undefined) return [];
  return [
    error('required', 'A started Task says when it began, in executionPeriod.start.', 'Task.executionPeriod.start'),
  ];
}
