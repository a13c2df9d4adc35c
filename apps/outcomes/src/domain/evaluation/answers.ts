import type {
  Coding,
  QuestionnaireResponse,
  QuestionnaireResponseItem,
  QuestionnaireResponseItemAnswer,
} from 'fhir/r4';
import type { FormQuestion, InstrumentForm } from './evaluated-instrument.js';
import type { RowValue, SetAsideReason } from './response-row.js';
import type { ReadValues } from './read-values.js';

/** The points of each answered item, wherever in the groups of the form it stands. */
export function answersByItem(response: QuestionnaireResponse, form: InstrumentForm): Answers {
  const answered = new Map<string, QuestionnaireResponseItemAnswer[]>();
  gather(response.item ?? [], answered);
  const values = new Map<string, RowValue>();
  const refused = new Map<string, SetAsideReason>();
  const notApplicable = new Set<string>();
  for (const question of form.questions) {
    const [answer, ...others] = answered.get(question.linkId) ?? [];
    const value = answer && pointsOf(answer, question);
    if (others.length > 0) refused.set(question.item, 'several-answers');
    else if (value !== undefined) values.set(question.item, { value });
    else if (answer !== undefined && isNotApplicable(answer, question)) notApplicable.add(question.item);
    else if (answer !== undefined) refused.set(question.item, 'answer-without-points');
  }
  return { values, refused, notApplicable };
}

export interface Answers extends ReadValues {
  notApplicable: ReadonlySet<string>;
}

function gather(
  items: readonly QuestionnaireResponseItem[],
  answered: Map<string, QuestionnaireResponseItemAnswer[]>,
): void {
  for (const { linkId, answer = [], item = [] } of items) {
    answered.set(linkId, [...(answered.get(linkId) ?? []), ...answer]);
    gather(item, answered);
    for (const { item: below = [] } of answer) gather(below, answered);
  }
}

/** Where the ordinal value of a coded answer may stand: R4's extension and its successor of SDC. */
const ordinals = [
  'http://hl7.org/fhir/StructureDefinition/ordinalValue',
  'http://hl7.org/fhir/StructureDefinition/itemWeight',
];

function pointsOf(answer: QuestionnaireResponseItemAnswer, question: FormQuestion): number | undefined {
  const { valueInteger, valueDecimal, valueQuantity, valueCoding } = answer;
  if (valueCoding !== undefined) return pointsOfCode(valueCoding, question);
  return valueInteger ?? valueDecimal ?? valueQuantity?.value;
}

/** The form is the authority; the answer's own weight is read only where the form has none. */
function pointsOfCode({ code = '', extension }: Coding, { points }: FormQuestion): number | undefined {
  if (points !== undefined) return Object.hasOwn(points, code) ? points[code] : undefined;
  return extension?.find(({ url }) => ordinals.includes(url))?.valueDecimal;
}

function isNotApplicable(
  { valueCoding }: QuestionnaireResponseItemAnswer,
  { notApplicable = [] }: FormQuestion,
): boolean {
  return valueCoding?.code !== undefined && notApplicable.includes(valueCoding.code);
}
