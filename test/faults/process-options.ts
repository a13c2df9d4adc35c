import { z } from 'zod';

const schema = z.object({
  databaseUrl: z.string(),
  natsUrl: z.string(),
  monitorUrl: z.string(),
  namespace: z.string(),
  /** Where the process stands still, to be killed there. */
  halt: z.object({ at: z.string(), moment: z.number() }).optional(),
});

export type ProcessOptions = z.infer<typeof schema>;

/** What the parent said on the command line. */
export function processOptions(): ProcessOptions {
  return schema.parse(JSON.parse(process.argv[2] ?? '{}'));
}
