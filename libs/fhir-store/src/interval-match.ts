import type { SearchPrefix, SearchValue } from '#fhir-search';
import type { Values } from './values.js';

/** Where a resource's interval lies. */
export interface IntervalColumns {
  from: string;
  to: string;
  /** With one column for both ends: how many milliseconds after the beginning the end is. */
  length?: number;
  sqlType: 'timestamptz' | 'float8';
}

/** https://hl7.org/fhir/R4/search.html#prefix: the resource's interval against the value's. */
export function intervalMatch(value: SearchValue, values: Values, columns: IntervalColumns): string {
  if (value.type !== 'date' && value.type !== 'number') return 'false';
  const { from, to, length = 0, sqlType } = columns;
  const bound = (at: Date | number, shift = 0) => `${values.add(moved(at, shift))}::${sqlType}`;
  const low = () => bound(value.low);
  const high = () => bound(value.high);
  const endLow = () => bound(value.low, -length);
  const endHigh = () => bound(value.high, -length);
  // The index is on the end, for what is asked for is mostly recent: each condition says what it means for the end, too.
  const within = () => `${to} >= ${endLow()} AND ${to} <= ${endHigh()} AND ${from} >= ${low()}`;
  const matches: Record<SearchPrefix, () => string> = {
    eq: within,
    ne: () => `NOT (${within()})`,
    gt: () => `${to} > ${endHigh()}`,
    lt: () => `${from} < ${low()}`,
    ge: () => `${to} >= ${endLow()} AND (${to} > ${endHigh()} OR ${from} >= ${low()})`,
    le: () => `(${from} < ${low()} OR (${within()}))`,
    sa: () => `${to} >= ${endHigh()} AND ${from} >= ${high()}`,
    eb: () => `${to} <= ${endLow()}`,
    ap: () => `${from} < ${high()} AND ${to} > ${endLow()}`,
  };
  return matches[value.prefix]();
}

function moved(bound: Date | number, by: number): string | number {
  return typeof bound === 'number' ? bound + by : new Date(bound.getTime() + by).toISOString();
}
