import { isDeepStrictEqual } from 'node:util';
import type { QuestionnaireResponse } from 'fhir/r4';
import { error, type Issue } from '#fhir';

type Status = QuestionnaireResponse['status'];

/** How answers go on. What was completed is amended from then on, so that nobody takes it for what was said first. */
const next: Readonly<Record<Status, readonly Status[]>> = {
  'in-progress': ['in-progress', 'completed', 'stopped', 'entered-in-error'],
  completed: ['amended', 'entered-in-error'],
  amended: ['amended', 'entered-in-error'],
  stopped: ['entered-in-error'],
  'entered-in-error': [],
};

/** Whose answers they are, to which form and of which referral stays; the status goes on, never back. */
export function responseMayChange(before: QuestionnaireResponse, after: QuestionnaireResponse): Issue[] {
  const kept = (['basedOn', 'subject', 'questionnaire'] as const)
    .filter((element) => !isDeepStrictEqual(before[element], after[element]))
    .map((element) => `QuestionnaireResponse.${element}`)
    .map((place) => error('business-rule', `${place} stays as it was; mark these answers entered-in-error.`, place));
  return [...kept, ...statusGoesOn(before.status, after.status)];
}

function statusGoesOn(before: Status, after: Status): Issue[] {
  if (next[before].includes(after)) return [];
  const place = 'QuestionnaireResponse.status';
  const allowed = next[before].join(', ') || 'nothing';
  return [error('business-rule', `Answers that are ${before} become ${allowed}, not ${after}.`, place)];
}
