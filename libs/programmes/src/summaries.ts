import { z } from 'zod';

/** When a practice hears of a referral that goes on: rarely, and each milestone once. */
const milestone = z.discriminatedUnion('code', [
  /** As soon as an instrument was answered before and after. */
  z.strictObject({ code: z.literal('first-scores') }),
  /** So long after the start of the first part. */
  z.strictObject({ code: z.literal('weeks'), weeks: z.int().min(1).max(104) }),
]);

/** What a programme wants of its outcome summaries, besides the one at the end of each referral. */
export const summariesSchema = z.strictObject({
  milestones: z.array(milestone).default([]),
  /** After it a person is asked to chase; without it nobody is. */
  acknowledgeWithinDays: z.int().min(1).max(90).optional(),
});

export type SummaryPolicy = z.infer<typeof summariesSchema>;
export type Milestone = SummaryPolicy['milestones'][number];
