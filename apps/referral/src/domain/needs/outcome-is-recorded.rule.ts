import type { Task, TaskOutput } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import { hasCode, taskOutputSystem } from '../codes.js';

const answers = ['fully', 'partly', 'no'];
const dataAbsent = 'http://hl7.org/fhir/StructureDefinition/data-absent-reason';

/** An outcome says whether the need was met; scores and attendance come from the records themselves. */
export function outcomeIsRecorded(task: Task): Issue[] {
  return [...needIsJudged(task), ...sessionsAddUp(task)];
}

function needIsJudged(task: Task): Issue[] {
  const output = outputOf(task, 'need-met');
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

/** Nobody comes to more sessions than there were. */
function sessionsAddUp(task: Task): Issue[] {
  const [offered, attended] = ['sessions-offered', 'sessions-attended'].map(
    (code) => outputOf(task, code)?.valueUnsignedInt,
  );
  if (offered === undefined || attended === undefined || attended <= offered) return [];
  const diagnostics = `${String(attended)} sessions attended of ${String(offered)} offered: nobody attends more than were offered.`;
  return [error('business-rule', diagnostics, 'Task.output')];
}

function outputOf({ output = [] }: Task, code: string): TaskOutput | undefined {
  return output.find(({ type }) => hasCode(type, taskOutputSystem, code));
}
