import type { Task } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import { hasCode, taskInputSystem } from '../codes.js';
import type { Judged } from '../turns/transition.js';

/** A question is answered in a note, or by a record that the Task names. */
export function informationIsGiven(task: Task, { previous }: Judged): Issue[] {
  const replies = ({ input = [], note = [] }: Task) =>
    note.length + input.filter(({ type }) => hasCode(type, taskInputSystem, 'information')).length;
  if (replies(task) > replies(previous)) return [];
  return [
    error(
      'required',
      `The answer is one more Task.note, or an input of type ${taskInputSystem}|information.`,
      'Task.note',
    ),
  ];
}
