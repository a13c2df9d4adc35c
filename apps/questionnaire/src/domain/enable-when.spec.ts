import type {
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireItemEnableWhen,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
  QuestionnaireResponseItemAnswer,
} from 'fhir/r4';
import { validateResponse } from './validate-response.js';

type Condition = Omit<QuestionnaireItemEnableWhen, 'question'>;

const follow: QuestionnaireResponseItem = { linkId: 'follow', answer: [{ valueString: 'x' }] };

/** Whether the item `follow` is enabled: then it is accepted and, being required, missed. Both sides are asked. */
function enabled(items: QuestionnaireItem[], before: QuestionnaireResponseItem[]): boolean {
  const accepted = codes(items, [...before, follow]).length === 0;
  const missed = codes(items, before).includes('required');
  expect(accepted).toBe(missed);
  return accepted;
}

function codes(item: QuestionnaireItem[], given: QuestionnaireResponseItem[]): string[] {
  const questionnaire: Questionnaire = {
    resourceType: 'Questionnaire',
    status: 'active',
    url: 'u',
    version: '1',
    item,
  };
  const response: QuestionnaireResponse = {
    ...{ resourceType: 'QuestionnaireResponse', status: 'completed', questionnaire: 'u|1' },
    ...(given.length === 0 ? {} : { item: given }),
  };
  return validateResponse(response, questionnaire).map(({ code }) => code);
}

function after(
  type: QuestionnaireItem['type'],
  condition: Condition,
  answers: QuestionnaireResponseItemAnswer[],
): boolean {
  const items: QuestionnaireItem[] = [
    { linkId: 'q', type, repeats: true },
    { linkId: 'follow', type: 'string', required: true, enableWhen: [{ question: 'q', ...condition }] },
  ];
  return enabled(items, answers.length === 0 ? [] : [{ linkId: 'q', answer: answers }]);
}

describe('a condition', () => {
  it.each<[string, QuestionnaireItem['type'], Condition, QuestionnaireResponseItemAnswer[], boolean]>([
    ['exists, answered', 'string', { operator: 'exists', answerBoolean: true }, [{ valueString: 'x' }], true],
    ['exists, unanswered', 'string', { operator: 'exists', answerBoolean: true }, [], false],
    ['does not exist, answered', 'string', { operator: 'exists', answerBoolean: false }, [{ valueString: 'x' }], false],
    ['does not exist, unanswered', 'string', { operator: 'exists', answerBoolean: false }, [], true],
    ['= boolean', 'boolean', { operator: '=', answerBoolean: true }, [{ valueBoolean: true }], true],
    ['= boolean, other', 'boolean', { operator: '=', answerBoolean: true }, [{ valueBoolean: false }], false],
    ['= unanswered', 'boolean', { operator: '=', answerBoolean: false }, [], false],
    ['!= unanswered', 'boolean', { operator: '!=', answerBoolean: true }, [], true],
    ['!= the same', 'boolean', { operator: '!=', answerBoolean: true }, [{ valueBoolean: true }], false],
    [
      '= any of several',
      'integer',
      { operator: '=', answerInteger: 2 },
      [{ valueInteger: 1 }, { valueInteger: 2 }],
      true,
    ],
    [
      '!= none of several',
      'integer',
      { operator: '!=', answerInteger: 2 },
      [{ valueInteger: 1 }, { valueInteger: 2 }],
      false,
    ],
    ['> integer', 'integer', { operator: '>', answerInteger: 3 }, [{ valueInteger: 4 }], true],
    ['> integer, equal', 'integer', { operator: '>', answerInteger: 3 }, [{ valueInteger: 3 }], false],
    ['>= decimal against integer', 'integer', { operator: '>=', answerDecimal: 3 }, [{ valueInteger: 3 }], true],
    ['< decimal', 'decimal', { operator: '<', answerDecimal: 3 }, [{ valueDecimal: 2.9 }], true],
    ['<= decimal, above', 'decimal', { operator: '<=', answerDecimal: 3 }, [{ valueDecimal: 3.1 }], false],
    [
      '= Coding',
      'choice',
      { operator: '=', answerCoding: { system: 's', code: 'x' } },
      [{ valueCoding: { system: 's', code: 'x', display: 'y' } }],
      true,
    ],
    [
      '= Coding of another system',
      'choice',
      { operator: '=', answerCoding: { system: 's', code: 'x' } },
      [{ valueCoding: { system: 't', code: 'x' } }],
      false,
    ],
    [
      '> Coding, which has no order',
      'choice',
      { operator: '>', answerCoding: { system: 's', code: 'a' } },
      [{ valueCoding: { system: 's', code: 'b' } }],
      false,
    ],
    ['< date', 'date', { operator: '<', answerDate: '2024-05-01' }, [{ valueDate: '2024-04-30' }], true],
    [
      '> date, of another precision',
      'date',
      { operator: '>', answerDate: '2024-05-01' },
      [{ valueDate: '2025' }],
      true,
    ],
    [
      '> date, which cannot be told',
      'date',
      { operator: '>', answerDate: '2024-05-01' },
      [{ valueDate: '2024' }],
      false,
    ],
    [
      '= dateTime in another zone',
      'dateTime',
      { operator: '=', answerDateTime: '2024-05-01T10:00:00Z' },
      [{ valueDateTime: '2024-05-01T11:00:00+01:00' }],
      true,
    ],
    ['>= time', 'time', { operator: '>=', answerTime: '09:00:00' }, [{ valueTime: '09:00:00.0' }], true],
    ['= string, by case', 'string', { operator: '=', answerString: 'Yes' }, [{ valueString: 'yes' }], false],
    [
      '> quantity in its unit',
      'quantity',
      { operator: '>', answerQuantity: { value: 5, code: 'kg' } },
      [{ valueQuantity: { value: 6, code: 'kg' } }],
      true,
    ],
    [
      '> quantity in another unit',
      'quantity',
      { operator: '>', answerQuantity: { value: 5, code: 'kg' } },
      [{ valueQuantity: { value: 6, code: 'g' } }],
      false,
    ],
    [
      '= reference',
      'reference',
      { operator: '=', answerReference: { reference: 'Patient/1' } },
      [{ valueReference: { reference: 'Patient/1' } }],
      true,
    ],
  ])('%s', (_, type, condition, answers, holds) => {
    expect(after(type, condition, answers)).toBe(holds);
  });

  it.each<['all' | 'any' | undefined, boolean[]]>([
    ['all', [true, false, false]],
    ['any', [true, true, false]],
    [undefined, [true, false, false]],
  ])('joined with others by %s', (enableBehavior, expected) => {
    const items: QuestionnaireItem[] = [
      { linkId: 'a', type: 'boolean' },
      { linkId: 'b', type: 'boolean' },
      {
        ...{ linkId: 'follow', type: 'string', required: true },
        ...(enableBehavior ? { enableBehavior } : {}),
        enableWhen: ['a', 'b'].map((question) => ({ question, operator: '=', answerBoolean: true })),
      },
    ];
    const yes = (linkId: string) => ({ linkId, answer: [{ valueBoolean: true }] });
    expect([[yes('a'), yes('b')], [yes('b')], []].map((given) => enabled(items, given))).toEqual(expected);
  });
});

describe('what a condition looks at', () => {
  const when = (question: string): QuestionnaireItemEnableWhen[] => [{ question, operator: '=', answerBoolean: true }];

  it('is the same repetition of a group, not another', () => {
    const items: QuestionnaireItem[] = [
      {
        ...{ linkId: 'g', type: 'group', repeats: true },
        item: [
          { linkId: 'q', type: 'boolean' },
          { linkId: 'detail', type: 'string', enableWhen: when('q') },
        ],
      },
    ];
    const group = (valueBoolean: boolean | undefined, detail: boolean) => ({
      linkId: 'g',
      item: [
        ...(valueBoolean === undefined ? [] : [{ linkId: 'q', answer: [{ valueBoolean }] }]),
        ...(detail ? [{ linkId: 'detail', answer: [{ valueString: 'x' }] }] : []),
      ],
    });
    expect(codes(items, [group(true, true), group(false, false)])).toEqual([]);
    expect(codes(items, [group(true, true), group(false, true)])).toEqual(['invariant']);
    expect(codes(items, [group(true, false), { ...group(undefined, true) }])).toEqual(['invariant']);
  });

  it('may be the question whose answer holds the item', () => {
    const items: QuestionnaireItem[] = [
      { linkId: 'q', type: 'boolean', item: [{ linkId: 'why', type: 'string', enableWhen: when('q') }] },
    ];
    const given = (valueBoolean: boolean) => [
      { linkId: 'q', answer: [{ valueBoolean, item: [{ linkId: 'why', answer: [{ valueString: 'x' }] }] }] },
    ];
    expect([codes(items, given(true)), codes(items, given(false))]).toEqual([[], ['invariant']]);
  });

  it('requires nothing within a group that is not enabled', () => {
    const items: QuestionnaireItem[] = [
      { linkId: 'q', type: 'boolean' },
      {
        linkId: 'g',
        type: 'group',
        required: true,
        enableWhen: when('q'),
        item: [{ linkId: 'x', type: 'string', required: true }],
      },
    ];
    expect(codes(items, [{ linkId: 'q', answer: [{ valueBoolean: false }] }])).toEqual([]);
    expect(codes(items, [{ linkId: 'q', answer: [{ valueBoolean: true }] }])).toEqual(['required']);
  });

  it('by expression or by an unknown question is not judged, and that is said', () => {
    const url = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-enableWhenExpression';
    const expression: QuestionnaireItem = {
      linkId: 'follow',
      type: 'string',
      required: true,
      extension: [{ url, valueExpression: { language: 'text/fhirpath', expression: 'true' } }],
    };
    const broken: QuestionnaireItem = { linkId: 'follow', type: 'string', required: true, enableWhen: when('absent') };
    for (const item of [expression, broken]) {
      expect([codes([item], []), codes([item], [follow])]).toEqual([['not-supported'], ['not-supported']]);
    }
  });
});
