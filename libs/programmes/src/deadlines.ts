import { z } from 'zod';
import type { WorkingTime } from './working-time.js';

/** A span of time: working days of England, or weeks of the calendar. */
const span = z.union([
  z.strictObject({ workingDays: z.number().positive().max(250) }),
  z.strictObject({ weeks: z.number().positive().max(104) }),
]);
export type Span = z.infer<typeof span>;

/** Until when what is to happen in a referral; what a programme does not say is as `usualDeadlines` has it. */
export const deadlinesSchema = z.strictObject({
  /** From sent to seen by somebody at the provider; then the requester is told. */
  acknowledge: span.optional(),
  /** From sent to a decision; then the provider is reminded. */
  decide: span.optional(),
  /** From sent to a decision; then the part ends and the requester asks another. */
  expire: span.optional(),
  /** From accepted to the first contact with the person. */
  firstContact: span.optional(),
  /** Between two looks at the waiting list, where the provider says no day. */
  waitlistReview: span.optional(),
  /** From the last turn of an accepted part; then the provider is reminded, again and again. */
  noUpdate: span.optional(),
  /** From the request to cancel what has not begun; then it is cancelled without an answer. */
  cancelSilence: span.optional(),
});

export type Deadlines = { [Name in keyof Required<z.infer<typeof deadlinesSchema>>]: Span };

export const usualDeadlines: Deadlines = {
  acknowledge: { workingDays: 2 },
  decide: { workingDays: 5 },
  expire: { workingDays: 10 },
  firstContact: { workingDays: 5 },
  waitlistReview: { weeks: 4 },
  noUpdate: { weeks: 6 },
  cancelSilence: { workingDays: 2 },
};

/** The deadlines of a programme, or of none. */
export function deadlinesOf(own: z.infer<typeof deadlinesSchema> = {}): Deadlines {
  const said = Object.entries(own).filter(([, value]) => value !== undefined);
  return { ...usualDeadlines, ...(Object.fromEntries(said) as Partial<Deadlines>) };
}

/** The end of a span that begins now; what is urgent has half of it. */
export function endOf(length: Span, { from, urgent, time }: { from: Date; urgent: boolean; time: WorkingTime }): Date {
  const share = urgent ? 0.5 : 1;
  if ('workingDays' in length) return time.add(from, length.workingDays * share);
  return new Date(from.getTime() + length.weeks * share * weekMs);
}

const weekMs = 7 * 86_400_000;
