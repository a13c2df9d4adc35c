import { z } from 'zod';
import { limitVariables } from './limits.config.js';
import { withSecretFiles } from './secret-files.js';
import type { SecurityContact } from './security-txt.js';

const port = z.coerce.number().int().min(0).max(65_535);
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

/** A word that may begin a subject and, in capitals, name a stream. */
export const natsNamespace = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/);

/** The environment of one service process. Wrong values stop the start. */
export const serviceConfig = z.object({
  ...limitVariables,
  GINNEL_HOST: z.string().default('127.0.0.1'),
  GINNEL_PORT: port.default(8080),
  /** `[base]` as callers know it. */
  GINNEL_BASE_URL: z.url({ protocol: /^https?$/ }),
  /** The service's own login: neither owner nor superuser. */
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  NATS_URL: z.string().regex(/^(nats|tls):\/\//),
  NATS_MONITOR_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** `always`: the operator asserts sync_interval: always, where there is no monitoring address. */
  GINNEL_NATS_SYNC: z.literal('always').optional(),
  /** First word of every subject: keeps two installations apart on one broker. */
  GINNEL_NATS_NAMESPACE: natsNamespace.optional(),
  /** Shared by the replicas of a service: seals page links. */
  GINNEL_SECRET: z.string().min(32),
  /** JSON file of the issuers whose tokens are believed: issuer, audience, and where the rest stands. */
  GINNEL_ISSUERS_FILE: z.string().optional(),
  /** `edge`: what is in front of the services hands on client certificates in Client-Cert, and takes that header from clients. */
  GINNEL_CLIENT_CERTIFICATES: z.enum(['none', 'edge']).default('none'),
  /** JSON file of clients and bare tokens, which never end, for the service's user alone. */
  GINNEL_CLIENTS_FILE: z.string().optional(),
  GINNEL_LOG_LEVEL: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info'),
  /** What an NHS number that fails modulus 11 is: a warning, or an error. */
  GINNEL_NHS_NUMBER_CHECK: z.enum(['warn', 'error']).default('warn'),
  /** JSON file of invented people that stands for the register of people (PDS); none: there is none. */
  GINNEL_REGISTER_FILE: z.string().default(''),
  /** Days for which audit entries are kept; none of the last 30 is dropped. */
  GINNEL_AUDIT_DAYS: z.coerce.number().int().min(30).default(3_650),
  /** Days for which it is known that a request was answered (X-Request-Id, Idempotency-Key). */
  GINNEL_REQUEST_KEY_DAYS: z.coerce.number().int().min(1).default(90),
  /** Hosts to which subscriptions may be delivered besides public https ones, such as 127.0.0.1:9999 in a sandbox. */
  GINNEL_WEBHOOK_HOSTS: list.default([]),
  /** The proxy through which the subscriptions service calls receivers, such as http://egress:3128; none unless named. */
  GINNEL_EGRESS_PROXY: z.union([z.literal(''), z.url({ protocol: /^https?$/ })]).default(''),
  /** Origins of the pages that browsers let call, such as https://console.example; none unless named. */
  GINNEL_CORS_ORIGINS: list.default([]),
  /** Addresses and networks of the proxies whose X-Forwarded-For is believed. */
  GINNEL_TRUSTED_PROXIES: list.default([]),
  /** Whom to tell of a weakness, as https:, mailto: or tel:, and until when that holds: together, or neither. */
  GINNEL_SECURITY_CONTACT: z.union([z.literal(''), z.url({ protocol: /^(https|mailto|tel)$/ })]).default(''),
  GINNEL_SECURITY_EXPIRES: z.union([z.literal(''), z.iso.datetime({ offset: true }), z.iso.date()]).default(''),
  /** Folders and .tgz files of FHIR packages whose profiles, value sets and code systems hold here. */
  GINNEL_PACKAGES: list.default([]),
});

export type ServiceConfig = z.infer<typeof serviceConfig>;

/** What security.txt says; undefined where nobody is named. */
export function securityIn(
  config: Pick<ServiceConfig, 'GINNEL_SECURITY_CONTACT' | 'GINNEL_SECURITY_EXPIRES'>,
): SecurityContact | undefined {
  const { GINNEL_SECURITY_CONTACT: contact, GINNEL_SECURITY_EXPIRES: expires } = config;
  if ((contact === '') !== (expires === ''))
    throw new Error('GINNEL_SECURITY_CONTACT and GINNEL_SECURITY_EXPIRES are given together, or neither.');
  return contact === '' ? undefined : { contact, expires: new Date(expires) };
}

/** The parsed environment, or one sentence that names every wrong variable and quotes no value. */
export function readServiceConfig(environment: Record<string, string | undefined> = process.env): ServiceConfig {
  const parsed = serviceConfig.safeParse(withSecretFiles(environment));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, code }) => `${path.join('.')} (${code})`);
  throw new Error(`These environment variables are missing or wrong: ${[...new Set(faults)].join(', ')}.`);
}
