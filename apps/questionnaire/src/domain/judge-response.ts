import type { Observation, Questionnaire, QuestionnaireResponse } from 'fhir/r4';
import { isFault, type Issue } from '#fhir';
import type { Instrument } from '#programmes';
import { observationsOf } from './observations-of.js';
import { scoreResponse } from './score-response.js';
import { validateResponse } from './validate-response.js';

/** What is wrong with answers, and what they say again as Observations. */
export interface JudgedResponse {
  issues: Issue[];
  observations: Observation[];
}

/** Answers held against their questionnaire and scored where it has a scoring; faulty ones say nothing. */
export function judgeResponse(
  response: QuestionnaireResponse,
  { questionnaire, instrument }: { questionnaire: Questionnaire; instrument?: Instrument },
): JudgedResponse {
  const issues = validateResponse(response, questionnaire);
  if (issues.some(isFault) || !instrument) return { issues, observations: [] };
  return {
    issues,
    observations: observationsOf(response, scoreResponse(response, questionnaire, instrument.scoring), instrument),
  };
}

/** The event that tells how far the answers are. */
export function eventOf({ status }: QuestionnaireResponse): string {
  if (status === 'completed') return 'questionnaire-completed.v1';
  if (status === 'entered-in-error') return 'questionnaire-withdrawn.v1';
  return status === 'amended' ? 'questionnaire-amended.v1' : 'questionnaire-response-saved.v1';
}
