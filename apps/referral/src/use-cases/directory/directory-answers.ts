import { z } from 'zod';
import { FhirError } from '#fhir';
import type { Questions } from '#messaging';

const alternatives = z.array(
  z.object({
    id: z.string(),
    name: z.string().optional(),
    provider: z.string().optional(),
    km: z.number().optional(),
    placesLeft: z.number().optional(),
  }),
);
export const judged = z.object({
  outcome: z.enum(['open', 'waiting', 'refused']),
  reasons: z.array(z.string()),
  name: z.string().optional(),
  alternatives,
});
export const heldOrNot = z.object({ held: z.boolean(), alternatives });

/** What the directory answers now; one that does not answer fails the whole, to be tried again. */
export async function askDirectory<T>(
  questions: Questions,
  { question, payload }: { question: string; payload: object },
  answer: z.ZodType<T>,
): Promise<T> {
  try {
    return answer.parse(await questions.ask('activity-directory', question, payload));
  } catch (cause) {
    throw FhirError.of('transient', 'The activity directory does not answer just now; try again.', { cause });
  }
}
