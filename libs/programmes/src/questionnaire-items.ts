import type { Extension, Questionnaire, QuestionnaireItem, QuestionnaireItemAnswerOption } from 'fhir/r4';

/** Every item of a questionnaire in document order, nested ones included. */
export function itemsOf(questionnaire: Questionnaire): QuestionnaireItem[] {
  const flatten = (items: readonly QuestionnaireItem[]): QuestionnaireItem[] =>
    items.flatMap((item) => [item, ...flatten(item.item ?? [])]);
  return flatten(questionnaire.item ?? []);
}

/** `url|version`: how a response names the form that it answers. */
export function canonicalOf(questionnaire: Questionnaire): string {
  const { url = '', version } = questionnaire;
  return version === undefined ? url : `${url}|${version}`;
}

export const itemWeightUrl = 'http://hl7.org/fhir/StructureDefinition/itemWeight';
/** What itemWeight was called before; still found in published forms. */
const ordinalValueUrl = 'http://hl7.org/fhir/StructureDefinition/ordinalValue';

/** The weight of an answer option, stated on the option or on its Coding; undefined where there is none or two that differ. */
export function weightOf(option: QuestionnaireItemAnswerOption): number | undefined {
  const weights = [...weightsIn(option.extension), ...weightsIn(option.valueCoding?.extension)];
  return new Set(weights).size === 1 ? weights[0] : undefined;
}

export function weightsIn(extensions: readonly Extension[] | undefined): number[] {
  return (extensions ?? [])
    .filter(({ url }) => url === itemWeightUrl || url === ordinalValueUrl)
    .map(({ valueDecimal }) => Number(valueDecimal));
}
