import type {
  Coding,
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
  QuestionnaireResponseItemAnswer,
} from 'fhir/r4';
import { FhirError } from '#fhir';
import { canonicalOf, itemsOf, weightOf } from './questionnaire-items.js';

/** For a choice a number is a weight and a string a code; a Coding is taken as it is. */
export type Answer = number | string | boolean | Coding;

/** Answers by linkId; undefined, null and an empty list are skipped items. */
export type Answers = Readonly<Record<string, Answer | readonly Answer[] | null | undefined>>;

type Rest = Partial<Omit<QuestionnaireResponse, 'resourceType' | 'questionnaire' | 'item'>>;

/** A completed response from plain answers, such as the row of a spreadsheet. Throws for a linkId or a value that the form does not have. */
export function answersToResponse(
  questionnaire: Questionnaire,
  answers: Answers,
  rest: Rest = {},
): QuestionnaireResponse {
  const known = new Set(itemsOf(questionnaire).map(({ linkId }) => linkId));
  if (Object.keys(answers).some((linkId) => !known.has(linkId))) {
    throw FhirError.of('value', 'An answer names a linkId that the questionnaire does not have.');
  }
  const item = responseItems(questionnaire.item ?? [], answers);
  return {
    resourceType: 'QuestionnaireResponse',
    status: 'completed',
    questionnaire: canonicalOf(questionnaire),
    ...rest,
    ...(item.length === 0 ? {} : { item }),
  };
}

function responseItems(items: readonly QuestionnaireItem[], answers: Answers): QuestionnaireResponseItem[] {
  return items.flatMap((item): QuestionnaireResponseItem[] => {
    const nested = responseItems(item.item ?? [], answers);
    if (item.type === 'group') return nested.length === 0 ? [] : [{ linkId: item.linkId, item: nested }];
    const given = listOf(answers[item.linkId]).map((answer) => typed(item, answer));
    const [first, ...more] = given;
    if (!first) return [];
    return [{ linkId: item.linkId, answer: [nested.length === 0 ? first : { ...first, item: nested }, ...more] }];
  });
}

function listOf(answer: Answers[string]): readonly Answer[] {
  if (answer === undefined || answer === null) return [];
  return isList(answer) ? answer : [answer];
}

/** Array.isArray does not narrow a readonly array out of a union. */
function isList(answer: Answer | readonly Answer[]): answer is readonly Answer[] {
  return Array.isArray(answer);
}

function typed(item: QuestionnaireItem, answer: Answer): QuestionnaireResponseItemAnswer {
  if (typeof answer === 'object') return { valueCoding: answer };
  if (item.type === 'choice' || item.type === 'open-choice') return { valueCoding: chosen(item, answer) };
  if (typeof answer === 'boolean') return { valueBoolean: answer };
  if (typeof answer === 'number') return item.type === 'integer' ? { valueInteger: answer } : { valueDecimal: answer };
  return textual(item.type, answer);
}

function textual(type: QuestionnaireItem['type'], value: string): QuestionnaireResponseItemAnswer {
  switch (type) {
    case 'date':
      return { valueDate: value };
    case 'dateTime':
      return { valueDateTime: value };
    case 'time':
      return { valueTime: value };
    case 'url':
      return { valueUri: value };
    default:
      return { valueString: value };
  }
}

function chosen(item: QuestionnaireItem, answer: number | string | boolean): Coding {
  const matching = (item.answerOption ?? []).filter((option) =>
    typeof answer === 'number' ? weightOf(option) === answer : option.valueCoding?.code === answer,
  );
  const [coding] = matching.flatMap(({ valueCoding }) => (valueCoding ? [valueCoding] : []));
  if (!coding || matching.length !== 1) {
    throw FhirError.of('code-invalid', `Item ${item.linkId} has not exactly one option for this answer.`);
  }
  const { system, code, display } = coding;
  return {
    ...(system === undefined ? {} : { system }),
    ...(code === undefined ? {} : { code }),
    ...(display === undefined ? {} : { display }),
  };
}
