import type { Task } from 'fhir/r4';
import { error, idIn, type Issue } from '#fhir';
import { hasCode, taskOutputSystem } from '../codes.js';

export function appointmentIsNamed(task: Task): Issue[] {
  const named = task.output?.filter(({ type }) => hasCode(type, taskOutputSystem, 'appointment')) ?? [];
  if (named.some(({ valueReference }) => idIn(valueReference, 'Appointment') !== undefined)) return [];
  return [
    error(
      'required',
      `A booked Task has an output of type ${taskOutputSystem}|appointment: a Reference to the Appointment.`,
      'Task.output',
    ),
  ];
}
