import { z } from 'zod';
import { natsNamespace } from '#service';

const environment = z.object({ GINNEL_NATS_NAMESPACE: natsNamespace.optional() });

/** First word of the installation's subjects, where it is not the usual one. */
export function readNatsNamespace(variables: Record<string, string | undefined> = process.env): string | undefined {
  const parsed = environment.safeParse(variables);
  if (!parsed.success) throw new Error('These environment variables are wrong: GINNEL_NATS_NAMESPACE.');
  return parsed.data.GINNEL_NATS_NAMESPACE;
}
