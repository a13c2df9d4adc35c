import { randomUUID } from 'node:crypto';
import { importJWK, type JWK, SignJWT } from 'jose';
import { z } from 'zod';
import { assertionType } from '../../../issuer/src/issuer.module.js';

export interface TokenQuestion {
  /** http://host:port of the issuer as clients know it; the assertion is for a token endpoint there. */
  origin: string;
  client: string;
  key: JWK;
  /** Unless told, all that is registered for the client. */
  scope?: string;
}

const given = z.object({ access_token: z.string(), expires_in: z.number() });
const refused = z.object({ error: z.string(), error_description: z.string().default('') });

/**
 * Asks for an access token as a client of SMART Backend Services does: with an assertion that is used once and lives a minute.
 * https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html
 */
export async function askToken({ origin, client, key, scope }: TokenQuestion): Promise<z.infer<typeof given>> {
  // SMART's way needs a scope; the NHS's does not.
  const endpoint = `${origin}${scope === undefined ? '/oauth2/token' : '/auth/token'}`;
  const { alg = 'ES384', kid = '' } = key;
  const assertion = await new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({ alg, kid, typ: 'JWT' })
    .setIssuer(client)
    .setSubject(client)
    .setAudience(endpoint)
    .setExpirationTime('1 minute')
    .sign(await importJWK(key, alg));
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: assertionType,
    client_assertion: assertion,
    ...(scope === undefined ? {} : { scope }),
  });
  const answer = await fetch(endpoint, {
    method: 'POST',
    body,
    redirect: 'error',
    signal: AbortSignal.timeout(10_000),
  });
  const told: unknown = await answer.json();
  if (answer.ok) return given.parse(told);
  const { error, error_description: words } = refused.parse(told);
  throw new Error(`No token for ${client}: ${words} (${error})`);
}
