import type { Task } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import { readinessExtension } from '../codes.js';
import { readinessOf } from '../readiness.js';

export function readinessIsRecorded(task: Task): Issue[] {
  if (readinessOf(task) !== undefined) return [];
  return [
    error(
      'required',
      `A contact says how ready the person is: extension ${readinessExtension} with the code red, yellow or green.`,
      'Task.extension',
    ),
  ];
}
