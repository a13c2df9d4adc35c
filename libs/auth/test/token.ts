import { FhirError } from '#fhir';
import type { TokenVerifier } from '../src/index.js';

export const base = 'https://ginnel.example/fhir';

/** Claims of a good token at a time (milliseconds), with what a test changes. A claim that is undefined is not there. */
export function claimsAt(clock: number, issuer: string, more: object = {}): object {
  const seconds = Math.floor(clock / 1000);
  return {
    iss: issuer,
    aud: base,
    sub: 'practice',
    client_id: 'practice',
    role: 'practice',
    organisation: 'worth-valley-practice',
    scope: 'system/*.rs',
    iat: seconds,
    exp: seconds + 300,
    jti: 'token-1',
    ...more,
  };
}

export function bearing(token: string, more: Record<string, string> = {}): Record<string, string> {
  return { authorization: `Bearer ${token}`, ...more };
}

/** The status that a token is answered with. */
export async function verdict(
  verifier: TokenVerifier,
  token: string,
  more: Record<string, string> = {},
): Promise<number> {
  try {
    await verifier.authenticate(bearing(token, more));
    return 200;
  } catch (error) {
    if (error instanceof FhirError) return error.status;
    throw error;
  }
}
