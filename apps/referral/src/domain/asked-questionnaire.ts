import type { QuestionnaireResponse, Task } from 'fhir/r4';
import { idIn } from '#fhir';
import { base } from './codes.js';

/** R4 lets no QuestionnaireResponse be based on a Task: the sender says here which one asked. */
export const questionnaireTaskExtension = `${base}/StructureDefinition/questionnaire-task`;
const timePointExtension = `${base}/StructureDefinition/time-point`;

/** In the order of a programme, so that answers that do not say when they are from close the earlier Task first. */
const timePoints = ['baseline', 'weekly', 'after'];

/** The id of the questionnaire Task that a response names. */
export function namedTaskId(response: QuestionnaireResponse): string | undefined {
  const extension = response.extension?.find(({ url }) => url === questionnaireTaskExtension);
  return idIn(extension?.valueReference, 'Task');
}

/**
 * Of a referral's Tasks the one that a response answers: open, for this referral and this form. A Task that the response names
 * is the only candidate; its time point, where it says one, must be the Task's.
 */
export function answeredTask(response: QuestionnaireResponse, tasks: readonly Task[]): Task | undefined {
  const named = namedTaskId(response);
  const wanted = response.extension?.find(({ url }) => url === timePointExtension)?.valueCode;
  return tasks
    .filter((task) => (named === undefined || task.id === named) && asksFor(task, response))
    .filter((task) => wanted === undefined || timePointIn(task) === wanted)
    .sort((a, b) => placeOf(a) - placeOf(b))[0];
}

function asksFor({ code, status, basedOn = [], input = [] }: Task, response: QuestionnaireResponse): boolean {
  const requests = (response.basedOn ?? []).map((reference) => idIn(reference, 'ServiceRequest'));
  return (
    code?.coding?.some((coding) => coding.code === 'complete-questionnaire') === true &&
    !['completed', 'cancelled', 'failed', 'rejected', 'entered-in-error'].includes(status) &&
    basedOn.some((reference) => requests.includes(idIn(reference, 'ServiceRequest') ?? '')) &&
    input.some(({ valueCanonical }) => valueCanonical !== undefined && valueCanonical === response.questionnaire)
  );
}

function timePointIn({ input = [] }: Task): string | undefined {
  return input.find(({ type }) => type.coding?.some(({ code }) => code === 'time-point'))?.valueCoding?.code;
}

function placeOf(task: Task): number {
  const place = timePoints.indexOf(timePointIn(task) ?? '');
  return place < 0 ? timePoints.length : place;
}
