import type { Task } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import { hasCode, rejectedReasons, rejectedReasonSystem } from '../codes.js';

export function capacityReasonIsGiven(task: Task): Issue[] {
  if (hasCode(task.statusReason, rejectedReasonSystem, rejectedReasons.capacity)) return [];
  return [
    error(
      'required',
      `A Task rejected as capacity-full needs the statusReason ${rejectedReasonSystem}|${rejectedReasons.capacity}.`,
      'Task.statusReason',
    ),
  ];
}
