import { isObject } from './json-shape.js';

/** A value[x] with the name of its type as in the element: `Coding` of `valueCoding`. */
export interface AnswerValue {
  type: string;
  value: unknown;
}

/** Values of elements named `value…`, `answer…`; extensions of primitives (`_value…`) are none. */
export function valuesOf(element: Readonly<Record<string, unknown>>, name: 'value' | 'answer'): AnswerValue[] {
  return Object.entries(element)
    .filter(
      ([key, value]) =>
        key.startsWith(name) && /^[A-Z][A-Za-z]{1,20}$/.test(key.slice(name.length)) && value !== undefined,
    )
    .map(([key, value]) => ({ type: key.slice(name.length), value }));
}

/** Whether the JSON has the form of its FHIR type. */
export function isWellFormed({ type, value }: AnswerValue): boolean {
  return formats[type]?.(value) ?? false;
}

export function areEqual(a: AnswerValue, b: AnswerValue): boolean {
  if (a.type === 'Coding' && b.type === 'Coding') return sameMembers(a.value, b.value, ['system', 'code']);
  if (a.type === 'Reference' && b.type === 'Reference') return sameMembers(a.value, b.value, ['reference']);
  if (a.type === b.type && ['Boolean', 'String', 'Uri'].includes(a.type)) return a.value === b.value;
  return compared(a, b) === 0;
}

/** Negative, 0 or positive; undefined where the two cannot be put in order (types, units, dates of unlike precision that overlap). */
export function compared(a: AnswerValue, b: AnswerValue): number | undefined {
  if (!isWellFormed(a) || !isWellFormed(b)) return undefined;
  const kind = orderedKind[a.type];
  return kind !== undefined && kind === orderedKind[b.type] ? orders[kind](a.value, b.value) : undefined;
}

/** NaN for what is no number. */
export function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN;
}

const dateFormat = /^\d{4}(-\d\d(-\d\d)?)?$/;
const dateTimeFormat = /^\d{4}(-\d\d(-\d\d(T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d))?)?)?$/;
const timeFormat = /^([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d{1,9})?$/;

const formats: Partial<Record<string, (value: unknown) => boolean>> = {
  Boolean: (value) => typeof value === 'boolean',
  Integer: (value) => Number.isInteger(value) && Math.abs(numberOf(value)) <= 2_147_483_648,
  Decimal: (value) => Number.isFinite(numberOf(value)),
  String: (value) => typeof value === 'string' && value.trim() !== '',
  Uri: (value) => typeof value === 'string' && /^\S+$/.test(value),
  Date: (value) => typeof value === 'string' && dateFormat.test(value) && isOnCalendar(value),
  DateTime: (value) => typeof value === 'string' && dateTimeFormat.test(value) && isOnCalendar(value),
  Time: (value) => typeof value === 'string' && timeFormat.test(value),
  Coding: (value) => isObject(value) && typeof value['code'] === 'string',
  Quantity: (value) => isObject(value) && Number.isFinite(numberOf(value['value'])),
  Reference: isObject,
  Attachment: isObject,
};

function isOnCalendar(value: string): boolean {
  const [year = 0, month = 1, day = 1] = value.slice(0, 10).split('-').map(Number);
  const date = new Date(Date.UTC(year, month - 1, day));
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists && year > 0 && (value.length <= 10 || !Number.isNaN(Date.parse(value)));
}

type OrderedKind = 'number' | 'moment' | 'time' | 'text' | 'quantity';

/** An integer compares with a decimal, a date with a date and time. */
const orderedKind: Partial<Record<string, OrderedKind>> = {
  Integer: 'number',
  Decimal: 'number',
  Date: 'moment',
  DateTime: 'moment',
  Time: 'time',
  String: 'text',
  Quantity: 'quantity',
};

const orders: Record<OrderedKind, (a: unknown, b: unknown) => number | undefined> = {
  number: (a, b) => numberOf(a) - numberOf(b),
  moment: (a, b) => comparedMoments(spanOf(String(a)), spanOf(String(b))),
  time: (a, b) => comparedText(normalTime(String(a)), normalTime(String(b))),
  text: (a, b) => comparedText(String(a), String(b)),
  quantity: comparedQuantities,
};

/** The stretch of time that a partial date stands for. */
function spanOf(value: string): { low: number; high: number } {
  const [year = 0, month, day] = value.slice(0, 10).split('-').map(Number);
  if (value.length > 10) return { low: Date.parse(value), high: Date.parse(value) };
  if (month === undefined) return { low: Date.UTC(year), high: Date.UTC(year + 1) - 1 };
  if (day === undefined) return { low: Date.UTC(year, month - 1), high: Date.UTC(year, month) - 1 };
  return { low: Date.UTC(year, month - 1, day), high: Date.UTC(year, month - 1, day + 1) - 1 };
}

function comparedMoments(a: { low: number; high: number }, b: { low: number; high: number }): number | undefined {
  if (a.high < b.low) return -1;
  if (a.low > b.high) return 1;
  return a.low === b.low && a.high === b.high ? 0 : undefined;
}

function comparedText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Without trailing zeros of the fraction. */
function normalTime(time: string): string {
  return time.includes('.') ? time.replace(/\.?0+$/, '') : time;
}

function comparedQuantities(a: unknown, b: unknown): number | undefined {
  if (!isObject(a) || !isObject(b)) return undefined;
  const unit = a['code'] === undefined && b['code'] === undefined ? ['unit'] : ['system', 'code'];
  return unit.every((member) => a[member] === b[member]) ? numberOf(a['value']) - numberOf(b['value']) : undefined;
}

function sameMembers(a: unknown, b: unknown, members: readonly string[]): boolean {
  return (
    isObject(a) &&
    isObject(b) &&
    members.every((member) => a[member] === b[member]) &&
    a[members.at(-1) ?? ''] !== undefined
  );
}
