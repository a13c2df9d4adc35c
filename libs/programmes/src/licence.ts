import { z } from 'zod';

/** Who owns an instrument and whether its wording may be, and is, in the package. */
export const licenceSchema = z
  .strictObject({
    instrument: z.string().min(1),
    owner: z.string().min(1),
    status: z.enum(['free', 'licence-required']),
    wordingIncluded: z.boolean(),
    terms: z.string().min(1),
    attribution: z.string().optional(),
    source: z.url(),
  })
  .refine(({ status, wordingIncluded }) => !(status === 'licence-required' && wordingIncluded), {
    message: 'wording that needs a licence is not shipped',
  });

export type Licence = z.infer<typeof licenceSchema>;
