import type { Questionnaire, QuestionnaireItem, QuestionnaireItemEnableWhen, QuestionnaireResponseItem } from 'fhir/r4';
import { type FastInvariants } from '../invariant.js';
import { has, lacks } from './presence.js';

const withAnswerList = words('choice open-choice decimal integer date dateTime time string quantity');
const withLength = words('boolean decimal integer string text url open-choice');

/** https://hl7.org/fhir/R4/questionnaire.html#invs */
export const questionnaireInvariants: FastInvariants = {
  'Questionnaire: que-2': ({ item = [] }: Questionnaire) =>
    repeatedLinkIds(item, { path: 'item', seen: new Set<string>() }),
  'Questionnaire.item: que-1': ({ type, item }: QuestionnaireItem) =>
    (type !== 'group' || item !== undefined) && (type !== 'display' || item === undefined),
  'Questionnaire.item: que-3': ({ type, code }: QuestionnaireItem) => type !== 'display' || code === undefined,
  'Questionnaire.item: que-4': (item: QuestionnaireItem) =>
    item.answerOption === undefined || lacks(item, 'answerValueSet'),
  'Questionnaire.item: que-5': (item: QuestionnaireItem) =>
    (item.answerOption === undefined && lacks(item, 'answerValueSet')) || withAnswerList.has(item.type),
  'Questionnaire.item: que-6': (item: QuestionnaireItem) =>
    item.type !== 'display' || (lacks(item, 'required') && lacks(item, 'repeats')),
  'Questionnaire.item: que-8': ({ type, initial }: QuestionnaireItem) =>
    (type !== 'group' && type !== 'display') || initial === undefined,
  'Questionnaire.item: que-9': (item: QuestionnaireItem) => item.type !== 'display' || lacks(item, 'readOnly'),
  'Questionnaire.item: que-10': (item: QuestionnaireItem) => lacks(item, 'maxLength') || withLength.has(item.type),
  'Questionnaire.item: que-11': ({ answerOption, initial }: QuestionnaireItem) =>
    answerOption === undefined || initial === undefined,
  'Questionnaire.item: que-12': (item: QuestionnaireItem) =>
    (item.enableWhen ?? []).length <= 2 || has(item, 'enableBehavior'),
  'Questionnaire.item: que-13': ({ repeats, initial = [] }: QuestionnaireItem) =>
    repeats === true || initial.length <= 1,
  'Questionnaire.item.enableWhen: que-7': (when: QuestionnaireItemEnableWhen) =>
    when.operator !== 'exists' || has(when, 'answerBoolean'),
  'QuestionnaireResponse.item: qrs-1': ({ answer, item }: QuestionnaireResponseItem) =>
    answer === undefined || item === undefined,
};

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(' '));
}

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
