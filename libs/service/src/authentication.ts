import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type Authenticator, BearerTokens, roles, type TokenClient, TokenVerifier, type TrustedIssuer } from '#auth';
import type { ServiceConfig } from './service.config.js';

const name = z.string().min(1);

const clients = z.array(
  z.strictObject({
    client: name,
    role: z.enum(roles),
    organisation: name,
    token: z.string().min(20),
    scopes: z.array(name).optional(),
    patient: name.optional(),
  }),
);

/** A word that is not known may be a misspelt limit, so it stops the start. */
const issuers = z.array(
  z.strictObject({
    issuer: z.url({ protocol: /^https?$/ }),
    audience: name,
    metadataUri: z.url({ protocol: /^https?$/ }).optional(),
    jwksUri: z.url({ protocol: /^https?$/ }).optional(),
    revocationsUri: z.url({ protocol: /^https?$/ }).optional(),
    algorithms: z.array(name).min(1).optional(),
    claims: z
      .strictObject({ client: name, role: name, organisation: name, user: name, patient: name, scope: name })
      .partial()
      .optional(),
    role: z.enum(roles).optional(),
    organisation: name.optional(),
    clientPrefix: z
      .string()
      .regex(/^[\x21-\x7e]{1,40}$/)
      .optional(),
  }),
);

/** Whom this deployment believes: issuers and, where a file of them is named, bare tokens. */
export function authenticatorFor(
  config: Partial<Pick<ServiceConfig, 'GINNEL_ISSUERS_FILE' | 'GINNEL_CLIENTS_FILE' | 'GINNEL_CLIENT_CERTIFICATES'>>,
): Authenticator {
  const others = new BearerTokens(clientsIn(config.GINNEL_CLIENTS_FILE));
  const clientCertificates = config.GINNEL_CLIENT_CERTIFICATES === 'edge';
  return new TokenVerifier({ issuers: issuersIn(config.GINNEL_ISSUERS_FILE), others, clientCertificates });
}

function issuersIn(file: string | undefined): TrustedIssuer[] {
  const what = 'GINNEL_ISSUERS_FILE is not a list of issuers with issuer and audience';
  // JSON has no undefined: what is absent is absent.
  return file === undefined ? [] : (listIn(file, issuers, what) as TrustedIssuer[]);
}

function clientsIn(file: string | undefined): TokenClient[] {
  const what = 'GINNEL_CLIENTS_FILE is not a list of clients with client, role, organisation and token';
  return file === undefined ? [] : (listIn(file, clients, what) as TokenClient[]);
}

/** Names what is wrong by its place, and quotes nothing: the file may hold tokens. */
function listIn<List>(file: string, schema: z.ZodType<List>, what: string): List {
  const parsed = schema.safeParse(jsonIn(file, what));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, code }) => `${path.join('.')} (${code})`);
  throw new Error(`${what}: ${[...new Set(faults)].join(', ')}.`);
}

function jsonIn(file: string, what: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch {
    throw new Error(`${what}: it cannot be read as JSON.`);
  }
}
