import { z } from 'zod';

const schema = z.object({
  GINNEL_TEST_DATABASE_URL: z.string().min(1),
  GINNEL_TEST_NATS_URL: z.string().min(1),
  GINNEL_TEST_NATS_MONITOR_URL: z.string().min(1),
});

/** What jest's global setup (test/global-setup.mjs) started for this run; undefined when it did not run. */
export function readTestSettings(): z.infer<typeof schema> | undefined {
  return schema.safeParse(process.env).data;
}
