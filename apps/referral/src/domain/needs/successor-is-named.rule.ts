import type { Task } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import { successorOf } from '../successor.js';

/** Who goes on with it can be found. */
export function successorIsNamed(task: Task): Issue[] {
  if (successorOf(task) !== undefined) return [];
  return [
    error(
      'required',
      'The part that goes on is named by an output of type successor: a Reference to it.',
      'Task.output',
    ),
  ];
}
