import type { Questionnaire, QuestionnaireItem, QuestionnaireItemEnableWhen, QuestionnaireResponseItem } from 'fhir/r4';
import { type Invariant, invariant, invariantAt } from '../invariant.js';

const withAnswerList = [
  'choice',
  'open-choice',
  'decimal',
  'integer',
  'date',
  'dateTime',
  'time',
  'string',
  'quantity',
];

/** https://hl7.org/fhir/R4/questionnaire.html#invs */
export const questionnaireInvariants: readonly Invariant[] = [
  invariantAt<Questionnaire>('que-2', 'Questionnaire', {
    says: 'No two items have one linkId',
    brokenAt: ({ item = [] }) => repeatedLinkIds(item, { path: 'item', seen: new Set() }),
  }),
  invariant<QuestionnaireItem>('que-1', 'Questionnaire.item', {
    says: 'A group has items below it, a display has none',
    holds: ({ type, item }) => (type !== 'group' || item !== undefined) && (type !== 'display' || item === undefined),
  }),
  invariant<QuestionnaireItem>('que-4', 'Questionnaire.item', {
    says: 'An item has answerOption or answerValueSet, not both',
    holds: ({ answerOption, answerValueSet }) => answerOption === undefined || answerValueSet === undefined,
  }),
  invariant<QuestionnaireItem>('que-5', 'Questionnaire.item', {
    says: 'Only an item that is answered from a list has answerOption or answerValueSet',
    holds: ({ type, answerOption, answerValueSet }) =>
      withAnswerList.includes(type) || (answerOption === undefined && answerValueSet === undefined),
  }),
  invariant<QuestionnaireItem>('que-11', 'Questionnaire.item', {
    says: 'An item with answerOption marks the one that is selected at first, and has no initial',
    holds: ({ answerOption, initial }) => answerOption === undefined || initial === undefined,
  }),
  invariant<QuestionnaireItem>('que-12', 'Questionnaire.item', {
    says: 'More than two enableWhen need enableBehavior',
    holds: ({ enableWhen = [], enableBehavior }) => enableWhen.length <= 2 || enableBehavior !== undefined,
  }),
  invariant<QuestionnaireItemEnableWhen>('que-7', 'Questionnaire.item.enableWhen', {
    says: 'The operator exists is compared with true or false',
    holds: ({ operator, answerBoolean }) => operator !== 'exists' || answerBoolean !== undefined,
  }),
  invariant<QuestionnaireResponseItem>('qrs-1', 'QuestionnaireResponse.item', {
    says: 'Items stand below an answer, or below an item without answer',
    holds: ({ answer, item }) => answer === undefined || item === undefined,
  }),
];

function repeatedLinkIds(
  items: readonly QuestionnaireItem[],
  { path, seen }: { path: string; seen: Set<string> },
): string[] {
  return items.flatMap(({ linkId, item = [] }, index) => {
    const place = `${path}[${String(index)}]`;
    const own = seen.has(linkId) ? [`${place}.linkId`] : [];
    seen.add(linkId);
    return [...own, ...repeatedLinkIds(item, { path: `${place}.item`, seen })];
  });
}
