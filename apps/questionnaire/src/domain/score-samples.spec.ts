import { given, instrument, mskHqAnswers, sharedFile } from '../../test/instruments.js';
import { scoreResponse } from './score-response.js';
import { validateResponse } from './validate-response.js';

const mskHq = instrument('msk-hq');
const total = { system: 'https://ginnel.org.uk/fhir/CodeSystem/msk-hq-item', code: 'total', display: 'MSK-HQ total' };
const whole = { code: total, answered: 14, expected: 14, missing: [], notApplicable: [], unreadable: [] };

describe('the sample rows of the evaluation', () => {
  const csv = sharedFile('evaluation-tables/sample-rows/mskhq_14x2_SYNTHETIC.csv');
  if (csv === undefined) {
    it('are absent beside this copy of the project', () => {
      expect(csv).toBeUndefined();
    });
    return;
  }
  const [, ...rows] = csv
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(','));

  it.each(
    rows.map(
      ([participant = '', timePoint = '', ...numbers]) => [participant, timePoint, numbers.map(Number)] as const,
    ),
  )('%s, %s: the total is that of the table', (_, __, numbers) => {
    const response = given(
      'msk-hq',
      mskHqAnswers((at) => numbers[at] ?? Number.NaN),
    );
    expect(validateResponse(response, mskHq.questionnaire)).toEqual([]);
    expect(scoreResponse(response, mskHq.questionnaire, mskHq.scoring)).toEqual([{ ...whole, value: numbers[14] }]);
  });

  it('are 14 people, before and after', () => {
    expect(rows).toHaveLength(28);
  });
});
