import type { QuestionnaireItem, QuestionnaireResponse } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import type { Form, FormItem } from '../form.js';
import { objectsIn } from '../json-shape.js';
import type { ResponseItem } from '../response-tree.js';

/** A question asked in other words is another question. Translations are let pass: their wording is not in the response's reach. */
export function textIsUnchanged(
  { text, path }: ResponseItem,
  { item }: FormItem,
  { form, response }: { form: Form; response: QuestionnaireResponse },
): Issue[] {
  const unchanged = text === undefined || text === item.text;
  if (unchanged || isTranslated(item, { form, response })) return [];
  return [
    error(
      'value',
      `The text of item ${item.linkId} must be that of the questionnaire, or be left out.`,
      `${path}.text`,
    ),
  ];
}

function isTranslated(
  item: QuestionnaireItem,
  { form, response }: { form: Form; response: QuestionnaireResponse },
): boolean {
  const url = 'http://hl7.org/fhir/StructureDefinition/translation';
  const { language } = form.questionnaire;
  const otherLanguage = response.language !== undefined && response.language !== language;
  return otherLanguage || objectsIn(item._text?.extension).some((extension) => extension['url'] === url);
}
