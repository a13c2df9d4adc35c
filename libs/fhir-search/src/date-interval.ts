/** Dates of every precision as half-open intervals. https://hl7.org/fhir/R4/search.html#date */
export interface DateInterval {
  low: Date;
  high: Date;
}

/** Where an open Period begins and ends; every interval lies within. */
export const earliest = new Date('0001-01-01T00:00:00.000Z');
export const latest = new Date('9999-12-31T23:59:59.999Z');

const form =
  /^(?<year>\d{4})(?:-(?<month>\d{2})(?:-(?<day>\d{2})(?:T(?<hour>\d{2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:\.(?<fraction>\d+))?)?(?<zone>Z|[+-]\d{2}:\d{2})?)?)?)?$/;

const minuteLength = 60_000;
const dayLength = 24 * 60 * minuteLength;

/** What a date, dateTime or instant covers by its precision; without a time zone it is taken as UTC. Undefined where it is no date. */
export function dateInterval(text: string): DateInterval | undefined {
  const parts = form.exec(text)?.groups;
  if (parts?.year === undefined || parts.year === '0000') return undefined;
  const low = parts.hour === undefined ? startOfDay(parts) : startOfTime(parts);
  return low === undefined ? undefined : within({ low, high: new Date(endOf(low, parts)) });
}

/** Both ends of a Period; an absent end is open. Undefined where nothing is said or an end is no date. */
export function periodInterval(period: { start?: unknown; end?: unknown }): DateInterval | undefined {
  const start = typeof period.start === 'string' ? dateInterval(period.start) : undefined;
  const end = typeof period.end === 'string' ? dateInterval(period.end) : undefined;
  if (start === undefined && end === undefined) return undefined;
  return { low: start?.low ?? earliest, high: end?.high ?? latest };
}

/** From the first to the last of several. */
export function hull(intervals: readonly DateInterval[]): DateInterval | undefined {
  const [first, ...others] = intervals;
  if (first === undefined) return undefined;
  return others.reduce(
    (all, { low, high }) => ({ low: low < all.low ? low : all.low, high: high > all.high ? high : all.high }),
    first,
  );
}

/** About that time: the specification leaves the width open; its own length on both sides, at least a day. */
export function approximately({ low, high }: DateInterval): DateInterval {
  const margin = Math.max(high.getTime() - low.getTime(), dayLength);
  return within({ low: new Date(low.getTime() - margin), high: new Date(high.getTime() + margin) });
}

type Parts = Record<string, string | undefined>;

function startOfDay({ year, month = '01', day = '01' }: Parts): Date | undefined {
  const date = new Date(`${year ?? ''}-${month}-${day}T00:00:00.000Z`);
  // The Date of 30 February is 2 March: such a day does not exist.
  return Number.isNaN(date.getTime()) || date.getUTCDate() !== Number(day) ? undefined : date;
}

function startOfTime(parts: Parts): Date | undefined {
  const day = startOfDay(parts);
  const [hour, minute, second] = [parts.hour, parts.minute, parts.second ?? '0'].map(Number) as [
    number,
    number,
    number,
  ];
  const offset = offsetOf(parts.zone ?? 'Z');
  // A leap second (60) is allowed, and falls together with the next minute.
  if (day === undefined || offset === undefined || hour > 23 || minute > 59 || second > 60) return undefined;
  const milliseconds = Number((parts.fraction ?? '').slice(0, 3).padEnd(3, '0'));
  return new Date(day.getTime() + ((hour * 60 + minute - offset) * 60 + second) * 1000 + milliseconds);
}

/** Minutes east of Greenwich. */
function offsetOf(zone: string): number | undefined {
  if (zone === 'Z') return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4))];
  if (hours > 14 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

function endOf(low: Date, { month, day, hour, second, fraction }: Parts): number {
  if (hour !== undefined) return low.getTime() + lengthOfTime(second, fraction);
  if (day !== undefined) return low.getTime() + dayLength;
  const end = new Date(low);
  if (month === undefined) end.setUTCFullYear(low.getUTCFullYear() + 1);
  else end.setUTCMonth(low.getUTCMonth() + 1);
  return end.getTime();
}

function lengthOfTime(second: string | undefined, fraction: string | undefined): number {
  if (second === undefined) return minuteLength;
  return fraction === undefined ? 1000 : 10 ** Math.max(3 - fraction.length, 0);
}

/** Between the bounds, and never empty. */
function within({ low, high }: DateInterval): DateInterval {
  const from = Math.min(Math.max(low.getTime(), earliest.getTime()), latest.getTime() - 1);
  const to = Math.min(Math.max(high.getTime(), from + 1), latest.getTime());
  return { low: new Date(from), high: new Date(to) };
}
