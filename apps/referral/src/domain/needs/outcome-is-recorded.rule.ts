import type { Task } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import { hasCode, taskOutputSystem } from '../codes.js';

const answers = ['fully', 'partly', 'no'];
const dataAbsent = 'http://hl7.org/fhir/StructureDefinition/data-absent-reason';

/** An outcome says whether the need was met; scores and attendance come from the records themselves. */
export function outcomeIsRecorded(task: Task): Issue[] {
  const output = task.output?.find(({ type }) => hasCode(type, taskOutputSystem, 'need-met'));
  if (output?.valueCode !== undefined && answers.includes(output.valueCode)) return [];
  if (output?._valueCode?.extension?.some(({ url }) => url === dataAbsent)) return [];
  return [
    error(
      'required',
      `A completed Task has an output of type ${taskOutputSystem}|need-met with the valueCode ${answers.join(', ')}, or with the reason why that is not known.`,
      'Task.output',
    ),
  ];
}
