import { parseDateTime } from '#fhir';

/** Days are England's: a response at 23:30 UTC on 31 July was given on 1 August. */
export const timeZone = 'Europe/London';

/** The instant of a FHIR date (its midnight in England) or dateTime; undefined for less than a day. */
export function instantOf(dateOrTime: string): number | undefined {
  if (/^\d{4}-\d{2}-\d{2}$/.test(dateOrTime)) return startOfDay(dateOrTime);
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(dateOrTime)) return undefined;
  return defined(parseDateTime(dateOrTime));
}

/** The first instant that no longer belongs to a date or dateTime. */
export function endOf(dateOrTime: string): number | undefined {
  const instant = instantOf(dateOrTime);
  if (instant === undefined || dateOrTime.includes('T')) return instant === undefined ? undefined : instant + 1;
  const nextDay = new Date(Date.parse(`${dateOrTime}T00:00:00Z`) + 86_400_000);
  return startOfDay(nextDay.toISOString().slice(0, 10));
}

function startOfDay(date: string): number | undefined {
  const utcMidnight = defined(Date.parse(`${date}T00:00:00Z`));
  // England is on UTC or, in summer, one hour ahead; both changes happen at 01:00 UTC, after this midnight.
  return utcMidnight === undefined ? undefined : utcMidnight - Number(hourInEngland.format(utcMidnight)) * 3_600_000;
}

const hourInEngland = new Intl.DateTimeFormat('en-GB', { timeZone, hour: 'numeric', hourCycle: 'h23' });

function defined(instant: number): number | undefined {
  return Number.isNaN(instant) ? undefined : instant;
}

/** The day in England, `YYYY-MM-DD`, of a FHIR date or dateTime; undefined for less than a day. */
export function dayOf(dateOrTime: string | undefined): string | undefined {
  const instant = dateOrTime === undefined ? undefined : instantOf(dateOrTime);
  return instant === undefined ? undefined : dayInEngland.format(instant);
}

/** Swedish writes a day as ISO 8601 does. */
const dayInEngland = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });

/** The twelve months that end on a day, which is their last. */
export function yearEndingOn(day: string): { start: string; end: string } {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const start = new Date(Date.UTC(year - 1, month - 1, date + 1));
  return { start: start.toISOString().slice(0, 10), end: day };
}
