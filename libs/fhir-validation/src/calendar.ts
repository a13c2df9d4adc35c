// Dates and times as FHIR writes them, with unknown parts left out. https://hl7.org/fhir/R4/datatypes.html#dateTime
import { parseDateTime } from '#fhir';

const hour = 3_600_000;
const farthestZone = 14 * hour;

/** Whether the day of a date or dateTime of the right form exists: 30 February does not. */
export function isRealDay(value: string): boolean {
  if (value.length < 10) return true;
  const [year, month, day] = [value.slice(0, 4), value.slice(5, 7), value.slice(8, 10)].map(Number);
  return day !== undefined && day <= daysIn(year ?? 0, month ?? 0);
}

/** Whether the first may lie before the second or at the same time, where their precisions leave that open. */
export function mayPrecede(first: string, second: string): boolean {
  const sameKind = isDay(first) === isDay(second);
  return parseDateTime(first) <= latest(second) + (sameKind ? 0 : farthestZone);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function isDay(value: string): boolean {
  return value.length <= 10;
}

function latest(value: string): number {
  if (!isDay(value)) return parseDateTime(value);
  const [year, month = '12', day] = value.split('-');
  const last = day ?? String(daysIn(Number(year), Number(month)));
  return Date.parse(`${year ?? ''}-${month}-${last}`) + 24 * hour - 1;
}
