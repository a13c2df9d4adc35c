import { error, type Issue } from '#fhir';
import { type AnswerValue, areEqual, valuesOf } from '../answer-value.js';
import type { FormItem } from '../form.js';
import { objectsIn } from '../json-shape.js';
import { answersOf, type ResponseItem } from '../response-tree.js';

/** Values that the form itself works out; the person filling it in could not have. */
const computed = [
  'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression',
  'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-initialExpression',
];

/** A read-only item holds what the form gave it: its initial values, or what an expression of the form computed. */
export function readOnlyIsUntouched(item: ResponseItem, definition: FormItem): Issue[] {
  if (definition.item.readOnly !== true || isComputed(definition)) return [];
  const initial = objectsIn(definition.item.initial).flatMap((element): AnswerValue[] => valuesOf(element, 'value'));
  const touched = answersOf(item).some((answer) => !initial.some((value) => areEqual(value, answer)));
  if (!touched) return [];
  return [error('business-rule', `Item ${definition.item.linkId} is read-only.`, `${item.path}.answer`)];
}

function isComputed({ item }: FormItem): boolean {
  return objectsIn(item.extension).some(({ url }) => typeof url === 'string' && computed.includes(url));
}
