import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { QuestionnaireResponse } from 'fhir/r4';
import { type Answers, answersToResponse, type Instrument, loadProgramme, projectRoot } from '#programmes';

const { instruments } = loadProgramme('msk-connect');

export function instrument(id: 'msk-hq' | 'pain-diary' | 'loneliness'): Instrument {
  const found = instruments.find((candidate) => candidate.id === id);
  if (!found) throw new Error(`MSK Connect has no ${id}`);
  return found;
}

/** A response to an instrument of MSK Connect. */
export function given(
  id: 'msk-hq' | 'pain-diary' | 'loneliness',
  answers: Answers,
  more: Partial<QuestionnaireResponse> = {},
): QuestionnaireResponse {
  return answersToResponse(instrument(id).questionnaire, answers, { id: 'r1', ...more });
}

export const mskHqItems = instrument('msk-hq').scoring.items.map(({ linkId }) => linkId);

/** An answer of this weight to each of the 14 items. */
export function mskHqAnswers(weightAt: (at: number) => number): Record<string, number> {
  return Object.fromEntries(mskHqItems.map((linkId, at) => [linkId, weightAt(at)]));
}

/** Reference files beside the project; undefined where they are absent. */
export function sharedFile(path: string): string | undefined {
  const file = join(projectRoot(), '..', 'shared', 'data', path);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
