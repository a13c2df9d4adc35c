// Which items are to be answered. https://hl7.org/fhir/R4/questionnaire-definitions.html#Questionnaire.item.enableWhen
import type { QuestionnaireItemEnableWhen } from 'fhir/r4';
import { type AnswerValue, areEqual, compared, valuesOf } from './answer-value.js';
import { type Form, type FormItem, withAncestors } from './form.js';
import { type JsonObject, objectsIn } from './json-shape.js';
import { answersOf, type ResponseItem, type ResponseTree } from './response-tree.js';

/** `unknown`: by an expression that is not evaluated here, or by a condition that makes no sense. */
export type Enablement = 'enabled' | 'disabled' | 'unknown';

export interface Place {
  form: Form;
  tree: ResponseTree;
  /** The response item within which the item stands or would stand; undefined at the top. */
  parent: ResponseItem | undefined;
}

export function enablementOf(definition: FormItem, place: Place): Enablement {
  if (hasExpression(definition)) return 'unknown';
  const conditions = objectsIn(definition.item.enableWhen) as unknown as QuestionnaireItemEnableWhen[];
  if (conditions.length === 0) return 'enabled';
  if (conditions.length > 100) return 'unknown';
  const results = conditions.map((condition) => holds(condition, definition, place));
  if (results.includes(undefined)) return 'unknown';
  const enabled = definition.item.enableBehavior === 'any' ? results.includes(true) : !results.includes(false);
  return enabled ? 'enabled' : 'disabled';
}

const expressionUrl = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-enableWhenExpression';

function hasExpression({ item }: FormItem): boolean {
  return objectsIn(item.extension).some(({ url }) => url === expressionUrl);
}

function holds(condition: QuestionnaireItemEnableWhen, definition: FormItem, place: Place): boolean | undefined {
  const question = place.form.byLinkId.get(condition.question);
  const [expected, ...more] = valuesOf(condition as unknown as JsonObject, 'answer');
  if (!question || !expected || more.length > 0) return undefined;
  const occurrence = nearestOccurrence(question, definition, place);
  return compare[condition.operator]?.(occurrence ? answersOf(occurrence) : [], expected);
}

/**
 * The question's answers that count for this place: those within the nearest common ancestor, so that one repetition of a
 * group never enables an item of another; of several, the last one before it, else the first one after it.
 */
function nearestOccurrence(
  question: FormItem,
  definition: FormItem,
  { tree, parent }: Place,
): ResponseItem | undefined {
  const around = new Set(withAncestors(question));
  let scope = parent;
  while (scope && !(scope.definition && around.has(scope.definition))) scope = scope.parent;
  if (scope?.definition === question) return scope;
  const all = tree.occurrences.get(question.item.linkId) ?? [];
  const [first, beyond] = scope ? [rankOf(all, scope.order + 1), rankOf(all, scope.end + 1)] : [0, all.length];
  if (first >= beyond) return undefined;
  return question.position < definition.position ? all[beyond - 1] : all[first];
}

/** How many of the items, which are in document order, stand before this place; by halving, for a hostile form asks often. */
function rankOf(items: readonly ResponseItem[], place: number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((items[middle]?.order ?? 0) < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

type Comparison = (answers: readonly AnswerValue[], expected: AnswerValue) => boolean;

const compare: Partial<Record<string, Comparison>> = {
  exists: (answers, { value }) => answers.length > 0 === (value === true),
  '=': (answers, expected) => answers.some((answer) => areEqual(answer, expected)),
  // true without any answer, too: no answer has that value
  '!=': (answers, expected) => !answers.some((answer) => areEqual(answer, expected)),
  '>': someWhere((order) => order > 0),
  '<': someWhere((order) => order < 0),
  '>=': someWhere((order) => order >= 0),
  '<=': someWhere((order) => order <= 0),
};

function someWhere(fits: (order: number) => boolean): Comparison {
  return (answers, expected) =>
    answers.some((answer) => {
      const order = compared(answer, expected);
      return order !== undefined && fits(order);
    });
}
