import { error, type Issue } from '#fhir';
import { type AnswerValue, compared, numberOf, valuesOf } from '../answer-value.js';
import type { FormItem } from '../form.js';
import { type JsonObject, objectsIn } from '../json-shape.js';
import type { Given } from './answer-has-its-type.rule.js';

/** maxLength of the item and the extensions minLength, minValue, maxValue and maxDecimalPlaces. */
export function answerIsWithinLimits({ value, path }: Given, { item }: FormItem): Issue[] {
  const extensions = objectsIn(item.extension);
  const faults = [
    ...lengthFaults(value, item.maxLength, numberIn(extensions, `${hl7}minLength`)),
    ...valueFaults(value, extensions),
    ...decimalFaults(value, numberIn(extensions, `${hl7}maxDecimalPlaces`)),
  ];
  return faults.map((fault) => error('value', `The answer to ${item.linkId} ${fault}.`, path));
}

const hl7 = 'http://hl7.org/fhir/StructureDefinition/';
const sdc = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-';

function lengthFaults(
  { type, value }: AnswerValue,
  maximum: number | undefined,
  minimum: number | undefined,
): string[] {
  if ((type !== 'String' && type !== 'Uri') || typeof value !== 'string') return [];
  const length = Array.from(value).length;
  return [
    ...(maximum !== undefined && length > maximum ? [`is longer than ${String(maximum)} characters`] : []),
    ...(minimum !== undefined && length < minimum ? [`is shorter than ${String(minimum)} characters`] : []),
  ];
}

function valueFaults(value: AnswerValue, extensions: readonly JsonObject[]): string[] {
  const bound = (...urls: string[]) =>
    extensions.filter(({ url }) => urls.includes(String(url))).flatMap((extension) => valuesOf(extension, 'value'));
  const below = bound(`${hl7}minValue`, `${sdc}minQuantity`).some((minimum) => (compared(value, minimum) ?? 0) < 0);
  const above = bound(`${hl7}maxValue`, `${sdc}maxQuantity`).some((maximum) => (compared(value, maximum) ?? 0) > 0);
  return [...(below ? ['is below the least value'] : []), ...(above ? ['is above the greatest value'] : [])];
}

function decimalFaults({ type, value }: AnswerValue, maximum: number | undefined): string[] {
  if (type !== 'Decimal' || maximum === undefined || decimalPlaces(value) <= maximum) return [];
  return [`has more than ${String(maximum)} decimal places`];
}

/** Trailing zeros do not count: 1.0 is 1. */
function decimalPlaces(value: unknown): number {
  const [, fraction = '', exponent = '0'] = /^-?\d+(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(String(value)) ?? [];
  return Math.max(0, fraction.length - Number(exponent));
}

function numberIn(extensions: readonly JsonObject[], wanted: string): number | undefined {
  const [limit] = extensions.filter(({ url }) => url === wanted).flatMap((extension) => valuesOf(extension, 'value'));
  const number = numberOf(limit?.value);
  return Number.isFinite(number) ? number : undefined;
}
