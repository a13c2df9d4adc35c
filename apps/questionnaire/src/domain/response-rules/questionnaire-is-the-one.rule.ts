import type { QuestionnaireResponse } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import type { Form } from '../form.js';

/** Answers mean something only with the form and the version that asked for them: before and after are paired by it. */
export function questionnaireIsTheOne(response: QuestionnaireResponse, form: Form): Issue[] {
  const path = 'QuestionnaireResponse.questionnaire';
  const named: unknown = response.questionnaire;
  if (named === undefined) return [error('required', `Name the questionnaire: ${form.canonical}.`, path)];
  return named === form.canonical
    ? []
    : [error('value', `The answers must name their form and version: ${form.canonical}.`, path)];
}
