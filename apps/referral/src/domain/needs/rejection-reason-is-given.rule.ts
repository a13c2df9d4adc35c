import type { Task } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import { rejectedReasons, rejectedReasonSystem } from '../codes.js';

export function rejectionReasonIsGiven(task: Task): Issue[] {
  const known: readonly string[] = Object.values(rejectedReasons);
  const coding = task.statusReason?.coding?.find(({ system }) => system === rejectedReasonSystem);
  if (coding?.code !== undefined && known.includes(coding.code)) return [];
  return [
    error(
      'required',
      `A rejected Task needs a statusReason coded in ${rejectedReasonSystem}: one of ${known.join(', ')}.`,
      'Task.statusReason',
    ),
  ];
}
