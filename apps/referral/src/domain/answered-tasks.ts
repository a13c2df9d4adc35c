import type { QuestionnaireResponse, Task } from 'fhir/r4';
import { parseDateTime } from '#fhir';
import { answeredTask } from './asked-questionnaire.js';
import { taskOutputSystem } from './codes.js';

const outputCode = 'questionnaire-response';

/** The Task that asked for these answers, done. */
export function completedBy(response: QuestionnaireResponse, task: Task): Task {
  const output = {
    type: { coding: [{ system: taskOutputSystem, code: outputCode }] },
    valueReference: { reference: `QuestionnaireResponse/${response.id ?? ''}` },
  };
  return { ...task, status: 'completed', output: [...(task.output ?? []), output] };
}

export function isAnsweredBy(response: QuestionnaireResponse, { output = [] }: Task): boolean {
  const reference = `QuestionnaireResponse/${response.id ?? ''}`;
  return output.some(({ valueReference }) => valueReference?.reference === reference);
}

/** The same Task, asked again: what it was answered with was never said. */
export function askedAgain(response: QuestionnaireResponse, { output = [], ...task }: Task): Task {
  const others = output.filter((one) => !isAnsweredBy(response, { ...task, output: [one] }));
  return { ...task, status: 'requested', ...(others.length > 0 ? { output: others } : {}) };
}

/**
 * New Tasks, and those asked again, of which those are done that answers had come for already: each response answers one Task, the oldest first, and
 * those that the referral's other Tasks hold answer no other.
 */
export function withAnswers(
  tasks: readonly Task[],
  responses: readonly QuestionnaireResponse[],
  others: readonly Task[],
): Task[] {
  const free = responses
    .filter((response) => isAnswered(response.status) && !others.some((other) => isAnsweredBy(response, other)))
    .sort((a, b) => timeOf(a) - timeOf(b));
  const settled = new Map(tasks.map((task) => [task.id, task]));
  for (const response of free) {
    const answered = answeredTask(response, [...others, ...settled.values()]);
    // One that was there before is closed by the event of its answers.
    if (answered && settled.has(answered.id)) settled.set(answered.id, completedBy(response, answered));
  }
  return [...settled.values()];
}

function isAnswered(status: QuestionnaireResponse['status']): boolean {
  return status === 'completed' || status === 'amended';
}

function timeOf({ authored, meta }: QuestionnaireResponse): number {
  return parseDateTime(authored ?? meta?.lastUpdated ?? '') || 0;
}
