import { z } from 'zod';
import { roles } from '#auth';

/** Who calls, as one service tells it to another. */
export const callerAsTold = z.object({
  client: z.string(),
  role: z.enum(roles),
  organisation: z.string().optional(),
  user: z.string().optional(),
  issuedAt: z.number().optional(),
  scopes: z.array(z.string()).optional(),
  audience: z.array(z.string()),
});

/** In which conversation. */
export const actAsTold = z.object({
  agent: z.string(),
  organisation: z.string().optional(),
  interaction: z.string(),
  requestId: z.string().optional(),
  correlationId: z.string(),
  traceparent: z.string().optional(),
  /** Where it may come again. */
  once: z.object({ key: z.string(), hash: z.string() }).optional(),
});
