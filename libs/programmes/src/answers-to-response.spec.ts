import type { Questionnaire } from 'fhir/r4';
import { answersToResponse } from './answers-to-response.js';

const questionnaire: Questionnaire = {
  resourceType: 'Questionnaire',
  status: 'active',
  url: 'https://example.org/form',
  version: '2',
  item: [
    {
      linkId: 'group',
      type: 'group',
      item: [
        {
          linkId: 'choice',
          type: 'choice',
          answerOption: [0, 1].map((weight) => ({
            extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/itemWeight', valueDecimal: weight }],
            valueCoding: { system: 's', code: `c${String(weight)}` },
          })),
        },
      ],
    },
    { linkId: 'count', type: 'integer' },
    { linkId: 'words', type: 'text', repeats: true, item: [{ linkId: 'sure', type: 'boolean' }] },
    { linkId: 'skipped', type: 'group', item: [{ linkId: 'day', type: 'date' }] },
  ],
};

it('builds the response in the order and nesting of the questionnaire, leaving skipped items out', () => {
  const answers = { sure: false, words: ['a', 'b'], count: 0, choice: 0, day: null };
  expect(answersToResponse(questionnaire, answers, { id: 'r1', authored: '2026-01-02' })).toEqual({
    resourceType: 'QuestionnaireResponse',
    id: 'r1',
    status: 'completed',
    authored: '2026-01-02',
    questionnaire: 'https://example.org/form|2',
    item: [
      { linkId: 'group', item: [{ linkId: 'choice', answer: [{ valueCoding: { system: 's', code: 'c0' } }] }] },
      { linkId: 'count', answer: [{ valueInteger: 0 }] },
      {
        linkId: 'words',
        answer: [
          { valueString: 'a', item: [{ linkId: 'sure', answer: [{ valueBoolean: false }] }] },
          { valueString: 'b' },
        ],
      },
    ],
  });
});

it('refuses a linkId of another case and a weight that no option has', () => {
  expect(() => answersToResponse(questionnaire, { Count: 1 })).toThrow('does not have');
  expect(() => answersToResponse(questionnaire, { choice: 2 })).toThrow('not exactly one option');
});
