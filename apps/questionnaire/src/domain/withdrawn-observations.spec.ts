import type { Observation, QuestionnaireResponse } from 'fhir/r4';
import { createValidator } from '#fhir-validation';
import { given, instrument, mskHqAnswers } from '../../test/instruments.js';
import { observationsOf, withdrawnObservations } from './observations-of.js';
import { scoreResponse } from './score-response.js';

const { validate } = createValidator();
const { questionnaire, scoring } = instrument('msk-hq');
const around: Partial<QuestionnaireResponse> = {
  subject: { reference: 'Patient/p' },
  authored: '2026-11-21T10:00:00Z',
  author: { reference: 'Patient/p' },
  basedOn: [{ reference: 'ServiceRequest/s' }],
};

function observed(response: QuestionnaireResponse): Observation[] {
  const scores = scoreResponse(response, questionnaire, scoring);
  const observations = observationsOf(response, scores, { questionnaire, scoring });
  expect(observations.flatMap((observation) => validate(observation))).toEqual([]);
  return observations;
}

describe('an amended response', () => {
  it('withdraws the Observations of answers that it no longer holds, and overwrites its total', () => {
    const before = observed(given('msk-hq', { ...mskHqAnswers(() => 2), 'days-active': 3 }, around));
    const after = observed(
      given('msk-hq', { ...mskHqAnswers(() => 2), sleep: null }, { ...around, status: 'amended' }),
    );
    const withdrawn = withdrawnObservations(before, after);
    expect(withdrawn.map(({ id, status }) => [id, status])).toEqual([
      ['r1.sleep', 'entered-in-error'],
      ['r1.days-active', 'entered-in-error'],
    ]);
    expect(after.at(-1)).toMatchObject({
      id: 'r1.total',
      dataAbsentReason: { coding: [{ code: 'unknown' }, { code: 'missing-answers' }] },
    });
    expect(withdrawnObservations(withdrawn, after)).toEqual([]);
  });

  it('entered in error withdraws them all', () => {
    const before = observed(
      given(
        'msk-hq',
        mskHqAnswers(() => 2),
        around,
      ),
    );
    const after = observed(
      given(
        'msk-hq',
        mskHqAnswers(() => 2),
        { ...around, status: 'entered-in-error' },
      ),
    );
    expect(withdrawnObservations(before, after)).toEqual(
      before.map((each) => ({ ...each, status: 'entered-in-error' })),
    );
  });
});
