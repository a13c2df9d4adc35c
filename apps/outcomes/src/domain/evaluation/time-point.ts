import { idIn } from '#fhir';
import type { QuestionnaireResponse, Task } from 'fhir/r4';
import type { TimePoint } from './response-row.js';

export const timePointExtension = 'https://ginnel.org.uk/fhir/StructureDefinition/time-point';

/**
 * Whether this was answered before or after: its own extension says so (loaded records), else the input of the
 * questionnaire Task that asked for it. Unknown, contradictory or other codes are undefined, never a guess.
 */
export function timePointOf(response: QuestionnaireResponse, task?: Task): TimePoint | undefined {
  const own = (response.extension ?? []).filter(({ url }) => url === timePointExtension);
  const codes = own.length > 0 ? own.map(({ valueCode }) => valueCode) : askedAt(task);
  const [first, ...others] = new Set(codes);
  return others.length === 0 && isTimePoint(first) ? first : undefined;
}

/** R4 lets no response be based on a Task: here the sender says which one asked. */
export const questionnaireTaskExtension = 'https://ginnel.org.uk/fhir/StructureDefinition/questionnaire-task';

/** The Task that asked for a response: the response names it, or it is the Task's output. */
export function questionnaireTaskOf(response: QuestionnaireResponse, tasks: TasksByReference): Task | undefined {
  const named = namedTaskId(response);
  const task = named === undefined ? undefined : tasks.byId.get(named);
  return task ?? (response.id === undefined ? undefined : tasks.byOutput.get(response.id));
}

export function namedTaskId({ extension }: QuestionnaireResponse): string | undefined {
  return idIn(extension?.find(({ url }) => url === questionnaireTaskExtension)?.valueReference, 'Task');
}

/** Tasks by their own id and by the id of the QuestionnaireResponse that is their output. */
export interface TasksByReference {
  byId: ReadonlyMap<string, Task>;
  byOutput: ReadonlyMap<string, Task>;
}

export function tasksByReference(tasks: readonly Task[]): TasksByReference {
  const byId = new Map<string, Task>();
  const byOutput = new Map<string, Task>();
  for (const task of tasks) {
    if (task.id !== undefined) byId.set(task.id, task);
    for (const { valueReference } of task.output ?? []) {
      const responseId = idIn(valueReference, 'QuestionnaireResponse');
      if (responseId !== undefined) byOutput.set(responseId, task);
    }
  }
  return { byId, byOutput };
}

function askedAt(task: Task | undefined): (string | undefined)[] {
  return (task?.input ?? [])
    .filter(({ type }) => type.text === 'time-point' || type.coding?.some(({ code }) => code === 'time-point') === true)
    .map(({ valueCode, valueCoding }) => valueCode ?? valueCoding?.code);
}

function isTimePoint(code: string | undefined): code is TimePoint {
  return code === 'baseline' || code === 'after';
}
