import type { QuestionnaireItem } from 'fhir/r4';
import { error, type Issue } from '#fhir';
import { type AnswerValue, isWellFormed, valuesOf } from '../answer-value.js';
import type { FormItem } from '../form.js';
import { isObject, type JsonObject, objectsIn } from '../json-shape.js';

/** An answer and where its value stands. */
export interface Given {
  value: AnswerValue;
  path: string;
}

/** The type of the value is the one that the item's type asks for. https://hl7.org/fhir/R4/valueset-item-type.html */
export function answerHasItsType({ value, path }: Given, { item }: FormItem): Issue[] {
  const allowed = typesOf(item);
  if (allowed.length === 0) return []; // a group or display: its shape is at fault
  if (!allowed.includes(value.type)) {
    const expected = allowed.map((type) => `value${type}`).join(' or ');
    return [error('value', `An answer to ${item.linkId}, of type ${item.type}, is a ${expected}.`, path)];
  }
  return isWellFormed(value) || isNamedOption(value, item)
    ? []
    : [error('value', `The answer to ${item.linkId} is not well formed.`, path)];
}

/** An option that is named by its display alone is answered by that; no code stands for it, so nothing is scored by it. */
function isNamedOption({ type, value }: AnswerValue, { answerOption }: QuestionnaireItem): boolean {
  if (type !== 'Coding' || !isObject(value) || typeof value['display'] !== 'string') return false;
  return objectsIn(answerOption).some(({ valueCoding }) => isObject(valueCoding) && isSameName(value, valueCoding));
}

function isSameName(one: JsonObject, other: JsonObject): boolean {
  const isSame = ['system', 'display'].every((member) => one[member] === other[member]);
  return isSame && one['code'] === undefined && other['code'] === undefined;
}

const typeOf: Partial<Record<string, string>> = {
  boolean: 'Boolean',
  decimal: 'Decimal',
  integer: 'Integer',
  date: 'Date',
  dateTime: 'DateTime',
  time: 'Time',
  string: 'String',
  text: 'String',
  url: 'Uri',
  attachment: 'Attachment',
  reference: 'Reference',
  quantity: 'Quantity',
};

/** A choice takes the types of its options, and a Coding where they are in a value set; an open one takes text besides. */
function typesOf(item: QuestionnaireItem): string[] {
  if (item.type !== 'choice' && item.type !== 'open-choice') {
    const type = typeOf[item.type];
    return type === undefined ? [] : [type];
  }
  const offered = objectsIn(item.answerOption).flatMap((option) => valuesOf(option, 'value').map(({ type }) => type));
  const types = offered.length === 0 ? ['Coding'] : offered;
  return [...new Set(item.type === 'open-choice' ? [...types, 'String'] : types)];
}
