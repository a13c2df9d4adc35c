import type { QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4';
import { given, instrument, mskHqAnswers, mskHqItems } from '../../test/instruments.js';
import type { Score } from './score-response.js';
import { scoreResponse } from './score-response.js';
import { validateResponse } from './validate-response.js';

const mskHq = instrument('msk-hq');

function score(response: QuestionnaireResponse): Score | undefined {
  const scores = scoreResponse(response, mskHq.questionnaire, mskHq.scoring);
  expect(scores).toHaveLength(1);
  return scores[0];
}

/** A full response (total 28), with one item changed. */
function changed(
  linkId: string,
  change: (item: QuestionnaireResponseItem) => QuestionnaireResponseItem[],
): QuestionnaireResponse {
  const response = full();
  return {
    ...response,
    item: (response.item ?? []).flatMap((item) => (item.linkId === linkId ? change(item) : [item])),
  };
}

function full(more: Partial<QuestionnaireResponse> = {}): QuestionnaireResponse {
  return given(
    'msk-hq',
    mskHqAnswers(() => 2),
    more,
  );
}

const total = { system: 'https://ginnel.org.uk/fhir/CodeSystem/msk-hq-item', code: 'total', display: 'MSK-HQ total' };
const whole = { code: total, answered: 14, expected: 14, missing: [], notApplicable: [], unreadable: [] };
const coding = (code: string) => ({ system: 'https://ginnel.org.uk/fhir/CodeSystem/msk-hq-answer', code });

describe('the MSK-HQ total', () => {
  it('is the sum of its 14 items, from 0 to 56', () => {
    expect(
      [0, 2, 4].map((weight) =>
        score(
          given(
            'msk-hq',
            mskHqAnswers(() => weight),
          ),
        ),
      ),
    ).toEqual([0, 28, 56].map((value) => ({ ...whole, value })));
    expect(
      score(
        given(
          'msk-hq',
          mskHqAnswers((at) => at % 5),
        ),
      ),
    ).toEqual({ ...whole, value: 26 });
  });

  it('takes no notice of the unscored item and of the displays', () => {
    const response = given('msk-hq', { ...mskHqAnswers(() => 2), 'days-active': 7 });
    expect(score(response)).toEqual({ ...whole, value: 28 });
    expect(
      score(
        changed('sleep', () => [{ linkId: 'sleep', answer: [{ valueCoding: { ...coding('2'), display: 'other' } }] }]),
      ),
    ).toEqual({
      ...whole,
      value: 28,
    });
  });

  it.each(mskHqItems)('is not made where %s was skipped', (linkId) => {
    const without = { ...whole, value: undefined, answered: 13, missing: [linkId], reason: 'missing-answers' };
    expect(score(changed(linkId, () => []))).toEqual(without);
    expect(score(changed(linkId, () => [{ linkId }]))).toEqual(without);
    expect(
      validateResponse(
        changed(linkId, () => []),
        mskHq.questionnaire,
      ),
    ).toEqual([]);
  });

  it('is not made of an empty response', () => {
    expect(score(given('msk-hq', {}))).toEqual({
      ...whole,
      ...{ value: undefined, answered: 0, missing: mskHqItems, reason: 'missing-answers' },
    });
  });

  const unreadable = (reason: string, linkId = 'sleep') => ({
    ...whole,
    value: undefined,
    answered: 13,
    unreadable: [linkId],
    reason,
  });
  it.each<[string, (item: QuestionnaireResponseItem) => QuestionnaireResponseItem[], object]>([
    ['an unknown code', (item) => [{ ...item, answer: [{ valueCoding: coding('5') }] }], unreadable('unknown-answer')],
    [
      'a code in another system',
      (item) => [{ ...item, answer: [{ valueCoding: { system: 'urn:x', code: '2' } }] }],
      unreadable('unknown-answer'),
    ],
    [
      'a code without a system',
      (item) => [{ ...item, answer: [{ valueCoding: { code: '2' } }] }],
      unreadable('unknown-answer'),
    ],
    [
      'a number in place of a code',
      (item) => [{ ...item, answer: [{ valueInteger: 2 }] }],
      unreadable('unknown-answer'),
    ],
    [
      'two answers',
      (item) => [{ ...item, answer: [{ valueCoding: coding('2') }, { valueCoding: coding('2') }] }],
      unreadable('repeated-answer'),
    ],
    ['the item twice', (item) => [item, item], unreadable('repeated-item')],
    [
      'a weight of its own',
      (item) => [
        {
          ...item,
          answer: [
            {
              valueCoding: {
                ...coding('2'),
                extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/itemWeight', valueDecimal: 4 }],
              },
            },
          ],
        },
      ],
      unreadable('differing-weight'),
    ],
    [
      'the linkId in another case',
      (item) => [{ ...item, linkId: 'Sleep' }],
      { ...whole, value: undefined, answered: 13, missing: ['sleep'], reason: 'unknown-item' },
    ],
    [
      'the linkId in another case besides',
      (item) => [item, { ...item, linkId: 'SLEEP' }],
      { ...whole, value: undefined, reason: 'unknown-item' },
    ],
    [
      'an item that the form does not have',
      (item) => [item, { linkId: 'extra', answer: [{ valueString: 'x' }] }],
      { ...whole, value: undefined, reason: 'unknown-item' },
    ],
    [
      'the item within another',
      (item) => [{ linkId: 'days-active', item: [item] }],
      { ...whole, value: undefined, reason: 'unknown-item' },
    ],
    [
      'an answer that is no list',
      (item) => [{ ...item, answer: 'x' } as unknown as QuestionnaireResponseItem],
      { ...whole, value: undefined, answered: 13, missing: ['sleep'], reason: 'unreadable' },
    ],
  ])('is not made with %s', (_, change, expected) => {
    const response = changed('sleep', change);
    expect(score(response)).toEqual(expected);
    // what has no total for such a reason is also refused when it is sent; a repeated weight alone is no fault of form
    expect(validateResponse(response, mskHq.questionnaire).some(({ severity }) => severity === 'error')).toBe(
      !('reason' in expected) || expected.reason !== 'differing-weight',
    );
  });

  it('is not short by an item whose linkId differs in case, as in a published form that then counts 0', () => {
    const response = changed('washing-dressing', (item) => [{ ...item, linkId: 'washingDressing' }]);
    expect(score(response)).toMatchObject({ value: undefined, missing: ['washing-dressing'], reason: 'unknown-item' });
  });

  it('tells what is wrong before what is missing', () => {
    const response = changed('sleep', (item) => [{ ...item, answer: [{ valueCoding: coding('9') }] }]);
    const both = { ...response, item: (response.item ?? []).filter(({ linkId }) => linkId !== 'walking') };
    expect(score(both)).toMatchObject({
      answered: 12,
      missing: ['walking'],
      unreadable: ['sleep'],
      reason: 'unknown-answer',
    });
  });

  it.each(['in-progress', 'stopped', 'entered-in-error'] as const)('is not made while the response is %s', (status) => {
    expect(score(full({ status }))).toEqual({ ...whole, value: undefined, reason: 'not-finished' });
  });

  it('is made of an amended response', () => {
    expect(score(full({ status: 'amended' }))).toEqual({ ...whole, value: 28 });
  });

  it('is not made for another questionnaire or version, nor with the scoring of one', () => {
    const none = { ...whole, value: undefined, answered: 0, unreadable: mskHqItems };
    const url = 'https://ginnel.org.uk/fhir/Questionnaire/msk-hq';
    for (const questionnaire of [url, `${url}|0.9.0`, 'https://example.org/other|1.0.0']) {
      expect(score(full({ questionnaire }))).toEqual({ ...none, reason: 'other-questionnaire' });
    }
    const scoring = { ...mskHq.scoring, instrument: `${url}|0.9.0` };
    expect(scoreResponse(full(), mskHq.questionnaire, scoring)).toEqual([{ ...none, reason: 'other-scoring' }]);
  });

  it('is not made of a response of hostile size', () => {
    const item = Array.from({ length: 50_000 }, () => ({ linkId: 'sleep', answer: [{ valueCoding: coding('4') }] }));
    expect(score({ ...full(), item })).toEqual({
      ...whole,
      value: undefined,
      answered: 0,
      unreadable: mskHqItems,
      reason: 'unreadable',
    });
  });

  it('adds decimal weights without binary dust', () => {
    const questionnaire = structuredClone(mskHq.questionnaire);
    for (const option of (questionnaire.item ?? []).flatMap((item) => item.answerOption ?? [])) {
      for (const extension of option.extension ?? []) extension.valueDecimal = (extension.valueDecimal ?? 0) / 10;
    }
    expect(
      scoreResponse(
        given(
          'msk-hq',
          mskHqAnswers(() => 3),
        ),
        questionnaire,
        mskHq.scoring,
      )[0]?.value,
    ).toBe(4.2);
  });
});

describe('the other instruments', () => {
  it('give loneliness its total from 3 to 9 and leave the direct measure out of it', () => {
    const { questionnaire, scoring } = instrument('loneliness');
    const answers = { companionship: 3, 'left-out': 1, isolated: 2 };
    const values = [{ ...answers, direct: 'never' }, answers, { ...answers, isolated: null }].map((each) =>
      scoreResponse(given('loneliness', each), questionnaire, scoring).map(({ value }) => value),
    );
    expect(values).toEqual([[6], [6], [undefined]]);
  });

  it('give the diary no total', () => {
    const { questionnaire, scoring } = instrument('pain-diary');
    expect(scoreResponse(given('pain-diary', { pain: 5 }), questionnaire, scoring)).toEqual([]);
  });

  it('take "not applicable" neither for 0 nor for missing: a total over it is not made', () => {
    const { questionnaire, scoring } = instrument('pain-diary');
    const items = ['pain', 'sleep', 'energy', 'mood'];
    const summed = {
      ...scoring,
      totals: [
        {
          code: total,
          method: 'sum',
          items,
          missing: 'complete',
          minimum: 0,
          maximum: 40,
          direction: 'lower-is-better',
          importantChange: [],
        },
      ],
    } satisfies typeof scoring;
    const response = given('pain-diary', { pain: 0, sleep: 'not-applicable', energy: 10 });
    expect(validateResponse(response, questionnaire)).toEqual([]);
    expect(scoreResponse(response, questionnaire, summed)).toEqual([
      {
        ...{ code: total, value: undefined, answered: 2, expected: 4 },
        ...{ missing: ['mood'], notApplicable: ['sleep'], unreadable: [], reason: 'missing-answers' },
      },
    ]);
    const complete = given('pain-diary', { pain: 0, sleep: 'not-applicable', energy: 10, mood: 5 });
    expect(scoreResponse(complete, questionnaire, summed)[0]).toMatchObject({ answered: 3, reason: 'not-applicable' });
  });
});
