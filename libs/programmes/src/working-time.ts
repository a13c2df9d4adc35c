import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { parseDateTime } from '#fhir';
import { projectRoot } from './project-root.js';

const dayMs = 86_400_000;

/**
 * Working time in England: all hours of Monday to Friday that are no bank holiday, by the clocks of Europe/London. The clocks
 * change on Sundays, so that a working day always has 24 hours.
 */
export class WorkingTime {
  readonly #holidays: ReadonlySet<string>;
  /** The last day of which the bank holidays are known: YYYY-MM-DD. */
  readonly knownUntil: string;

  constructor({ days, to }: { days: readonly string[]; to: string } = bankHolidays()) {
    this.#holidays = new Set(days);
    this.knownUntil = to;
  }

  /** The moment that lies so many working days, or parts of one, after this one. */
  add(from: Date, workingDays: number): Date {
    let left = workingDays * dayMs;
    let at = from;
    for (;;) {
      const { date, end } = dayOf(at);
      const room = end.getTime() - at.getTime();
      if (this.#isWorked(date)) {
        if (left <= room) return new Date(at.getTime() + left);
        left -= room;
      }
      at = end;
    }
  }

  /** How many working days, or parts of one, lie between these moments; 0 where the second is the earlier. */
  between(from: Date, to: Date): number {
    let worked = 0;
    for (let at = from; at < to;) {
      const { date, end } = dayOf(at);
      const until = end < to ? end : to;
      if (this.#isWorked(date)) worked += until.getTime() - at.getTime();
      at = until;
    }
    return worked / dayMs;
  }

  #isWorked(date: string): boolean {
    const weekday = new Date(`${date}T12:00:00Z`).getUTCDay();
    return weekday !== 0 && weekday !== 6 && !this.#holidays.has(date);
  }
}

/** The day on which a moment falls in England, YYYY-MM-DD. */
export function englishDay(at: Date): string {
  return english.format(at);
}

/** The last day in England of a FHIR date or dateTime: a year or a month alone lasts to its end. */
export function lastDayIn(value: string): string {
  if (value.includes('T')) return englishDay(new Date(parseDateTime(value)));
  const [year, month, day] = value.split('-');
  if (day !== undefined) return value;
  return new Date(Date.UTC(Number(year), Number(month ?? 12), 0)).toISOString().slice(0, 10);
}

/** The moment at which a day begins in England. */
export function startOfEnglishDay(date: string): Date {
  const midnight = new Date(`${date}T00:00:00Z`);
  // In summer the day began an hour before.
  const earlier = new Date(midnight.getTime() - 3_600_000);
  return englishDay(earlier) === date ? earlier : midnight;
}

const english = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/London' });

function dayOf(at: Date): { date: string; end: Date } {
  const date = englishDay(at);
  const next = new Date(new Date(`${date}T12:00:00Z`).getTime() + dayMs).toISOString().slice(0, 10);
  return { date, end: startOfEnglishDay(next) };
}

const bankHolidaysSchema = z.object({ days: z.array(z.iso.date()), to: z.iso.date() });

/** programmes/bank-holidays.json. https://www.gov.uk/bank-holidays */
function bankHolidays(): { days: string[]; to: string } {
  const content: unknown = JSON.parse(readFileSync(join(projectRoot(), 'programmes', 'bank-holidays.json'), 'utf8'));
  return bankHolidaysSchema.parse(content);
}
