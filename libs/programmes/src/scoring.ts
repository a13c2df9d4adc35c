import { z } from 'zod';

const direction = z.enum(['higher-is-better', 'lower-is-better']);

/** What change matters to patients is never one number: it is keyed by population and source, and printed with both. */
const importantChange = z.strictObject({
  value: z.number(),
  /** Where the source gives a span, its upper end. */
  upTo: z.number().optional(),
  population: z.string().min(1),
  source: z.string().min(1),
  /** `primary`: read in the source itself; `secondary`: as quoted by another. */
  evidence: z.enum(['primary', 'secondary']),
});

const code = z.strictObject({ system: z.url(), code: z.string().min(1), display: z.string().optional() });

const scoredItem = z.strictObject({
  linkId: z.string().min(1),
  minimum: z.number(),
  maximum: z.number(),
  direction,
  importantChange: z.array(importantChange).default([]),
});

const total = z.strictObject({
  code,
  method: z.literal('sum'),
  items: z.array(z.string()).min(1),
  /** `complete`: no total unless every item has a weighted answer. Nothing is imputed. */
  missing: z.literal('complete'),
  minimum: z.number(),
  maximum: z.number(),
  direction,
  importantChange: z.array(importantChange),
  caution: z.string().optional(),
});

/** How the answers of one version of one questionnaire become numbers, and what may be said of them. */
export const scoringSchema = z.strictObject({
  /** Canonical with version: a manifest belongs to one version of one questionnaire. */
  instrument: z.string().regex(/^[^|]+\|[^|]+$/),
  items: z.array(scoredItem),
  /** Answers that mean "does not apply to me": neither missing nor 0. A total that needs such an item is not made. */
  notApplicable: z.array(code),
  totals: z.array(total),
  caution: z.string().optional(),
});

export type Scoring = z.infer<typeof scoringSchema>;
export type ScoredItem = Scoring['items'][number];
export type Total = Scoring['totals'][number];
export type ImportantChange = z.infer<typeof importantChange>;
