import { z } from 'zod';
import { deadlinesSchema } from './deadlines.js';
import { summariesSchema } from './summaries.js';

const timePoint = z.strictObject({
  /** A code of the questionnaire-time-point CodeSystem. */
  code: z.enum(['baseline', 'weekly', 'after']),
  title: z.string().min(1),
  when: z.enum(['referral-accepted', 'every-week', 'referral-started']),
  /** Ids of questionnaires in the programme's folder. */
  instruments: z.array(z.string()).min(1),
});

/** programme.json: what a programme is and when it asks for which questionnaire. */
export const definitionSchema = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]*$/),
  title: z.string().min(1),
  status: z.enum(['draft', 'active', 'retired']),
  description: z.string().optional(),
  timePoints: z.array(timePoint),
  deadlines: deadlinesSchema.optional(),
  summaries: summariesSchema.optional(),
});

export type ProgrammeDefinition = z.infer<typeof definitionSchema>;
export type TimePoint = ProgrammeDefinition['timePoints'][number];
export type TimePointCode = TimePoint['code'];
