import { z } from 'zod';

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

/** The environment of the issuer's own process. Wrong values stop the start. */
export const issuerConfig = z.object({
  GINNEL_HOST: z.string().default('127.0.0.1'),
  GINNEL_PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  /** `[base]` as callers know it; the issuer is `/auth` of the same origin. */
  GINNEL_BASE_URL: z.url({ protocol: /^https?$/ }),
  /** The issuer's own login: neither owner nor superuser. */
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  /** Seals the signing keys; the same in every process of the issuer, and after every start. */
  GINNEL_ISSUER_SECRET: z.string().min(32),
  /** `on`: key sets may lie on this machine, and there is a page for registration. */
  GINNEL_SANDBOX: z.literal('on').optional(),
  /** Addresses or nets of the edge before it, whose word for the caller's address is taken: 10.0.0.0/8, loopback. */
  GINNEL_TRUSTED_PROXIES: list.default([]),
  GINNEL_LOG_LEVEL: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info'),
});

export type IssuerConfig = z.infer<typeof issuerConfig>;

/** The parsed environment, or one sentence that names every wrong variable and quotes no value. */
export function readIssuerConfig(environment: Record<string, string | undefined> = process.env): IssuerConfig {
  const parsed = issuerConfig.safeParse(environment);
  if (parsed.success) return parsed.data;
  const names = parsed.error.issues.map(({ path }) => path.join('.'));
  throw new Error(`These environment variables are missing or wrong: ${[...new Set(names)].join(', ')}.`);
}
