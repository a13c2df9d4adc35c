import { z } from 'zod';
import { serviceNames } from '#fhir';

const schema = z.object({
  service: z.enum(serviceNames),
  databaseUrl: z.string(),
  natsUrl: z.string(),
  natsMonitorUrl: z.string(),
  namespace: z.string(),
  /** The secret that the clients' tokens are made of. */
  secret: z.string(),
  /** The moment at which it kills itself; the parent may name another one later. */
  killAt: z.string().optional(),
});

export type ServiceOptions = z.infer<typeof schema>;

/** What the parent said on the command line. */
export function serviceOptions(): ServiceOptions {
  return schema.parse(JSON.parse(process.argv[2] ?? '{}'));
}
