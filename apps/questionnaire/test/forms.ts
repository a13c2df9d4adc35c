import type {
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
  QuestionnaireResponseItemAnswer,
} from 'fhir/r4';
import { validateResponse } from '../src/domain/validate-response.js';

export const url = 'https://example.org/Questionnaire/form';

export function form(item: QuestionnaireItem[], more: Partial<Questionnaire> = {}): Questionnaire {
  return { resourceType: 'Questionnaire', status: 'active', url, version: '1', item, ...more };
}

export function response(
  item: QuestionnaireResponseItem[],
  more: Partial<QuestionnaireResponse> = {},
): QuestionnaireResponse {
  return {
    resourceType: 'QuestionnaireResponse',
    status: 'completed',
    questionnaire: `${url}|1`,
    ...(item.length === 0 ? {} : { item }),
    ...more,
  };
}

export const answered = (linkId: string, ...answer: QuestionnaireResponseItemAnswer[]): QuestionnaireResponseItem => ({
  linkId,
  answer,
});

/** `severity code place`, the place without its first word. */
export function found(
  item: QuestionnaireItem[],
  given: QuestionnaireResponseItem[],
  more: Partial<QuestionnaireResponse> = {},
): string[] {
  return told(response(given, more), form(item));
}

export function told(given: QuestionnaireResponse, questionnaire: Questionnaire): string[] {
  return validateResponse(given, questionnaire).map(
    ({ severity, code, expression }) =>
      `${severity} ${code} ${(expression?.[0] ?? '').replace('QuestionnaireResponse.', '')}`,
  );
}
