import { createValidator } from '../validator.js';

const { validate } = createValidator();

function found(resource: unknown): unknown[] {
  return validate(resource).map(({ code, expression, diagnostics }) => [
    code,
    expression?.[0],
    /\((?:[^()]*: )?([^()]*)\)\.$/.exec(diagnostics)?.[1],
  ]);
}

const broken = (expression: string, key: string): unknown[] => [['invariant', expression, key]];
const questionnaire = (...item: unknown[]): unknown => ({ resourceType: 'Questionnaire', status: 'draft', item });

describe('invariants of questionnaires', () => {
  it.each([
    [
      'Questionnaire.item[1].item[0].linkId',
      'que-2',
      [
        { linkId: '1', type: 'string' },
        { linkId: '2', type: 'group', item: [{ linkId: '1', type: 'string' }] },
      ],
    ],
    ['Questionnaire.item[0]', 'que-1', [{ linkId: '1', type: 'group' }]],
    ['Questionnaire.item[0]', 'que-1', [{ linkId: '1', type: 'display', item: [{ linkId: '2', type: 'string' }] }]],
    [
      'Questionnaire.item[0]',
      'que-4',
      [{ linkId: '1', type: 'choice', answerOption: [{ valueString: 'x' }], answerValueSet: 'http://x' }],
    ],
    ['Questionnaire.item[0]', 'que-5', [{ linkId: '1', type: 'boolean', answerOption: [{ valueString: 'x' }] }]],
    [
      'Questionnaire.item[0]',
      'que-11',
      [{ linkId: '1', type: 'choice', answerOption: [{ valueString: 'x' }], initial: [{ valueString: 'x' }] }],
    ],
    [
      'Questionnaire.item[0]',
      'que-12',
      [
        {
          linkId: '1',
          type: 'string',
          enableWhen: Array(3).fill({ question: '2', operator: 'exists', answerBoolean: true }),
        },
      ],
    ],
    [
      'Questionnaire.item[0].enableWhen[0]',
      'que-7',
      [{ linkId: '1', type: 'string', enableWhen: [{ question: '2', operator: 'exists', answerString: 'x' }] }],
    ],
  ])('refuses %s that breaks %s', (expression, key, items) => {
    expect(found(questionnaire(...items))).toEqual(broken(expression, key));
  });

  it('refuses items both beside and below an answer', () => {
    const item = [{ linkId: '1', answer: [{ valueString: 'x' }], item: [{ linkId: '2' }] }];
    expect(found({ resourceType: 'QuestionnaireResponse', status: 'completed', item })).toEqual(
      broken('QuestionnaireResponse.item[0]', 'qrs-1'),
    );
  });
});
