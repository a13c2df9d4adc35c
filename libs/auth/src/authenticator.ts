import { FhirError, error } from '#fhir';
import type { Caller } from './caller.js';
import type { Issuers } from './known-issuer.js';

/** Tells who is calling from a request's headers (names in lower case), or throws FhirError 401. */
export abstract class Authenticator {
  abstract authenticate(headers: Readonly<Record<string, string>>): Promise<Caller>;

  /** Whose tokens it takes; undefined where nobody issues any. */
  get issuers(): Issuers | undefined {
    return undefined;
  }
}

/** The token of `Authorization: Bearer …`; undefined where no Authorization was sent. https://www.rfc-editor.org/rfc/rfc6750 */
export function bearerTokenIn(headers: Readonly<Record<string, string>>): string | undefined {
  const { authorization } = headers;
  if (authorization === undefined) return undefined;
  const token = /^Bearer +([A-Za-z0-9\-._~+/]+=*) *$/i.exec(authorization)?.[1];
  if (token === undefined) throw unauthorized('The Authorization header must be: Bearer, a space, the token.');
  return token;
}

export function unauthorized(diagnostics: string): FhirError {
  const headers = { 'www-authenticate': 'Bearer realm="Ginnel"' };
  return new FhirError([error('login', diagnostics)], { status: 401, headers });
}

/** One sentence for every fault of a token: which check failed is not told. https://www.rfc-editor.org/rfc/rfc6750#section-3.1 */
export function invalidToken(cause?: unknown): FhirError {
  const headers = { 'www-authenticate': 'Bearer realm="Ginnel", error="invalid_token"' };
  const diagnostics =
    'This token does not open anything here: it has ended, or is not meant for this server. Get a new one.';
  return new FhirError([error('login', diagnostics)], {
    status: 401,
    headers,
    ...(cause === undefined ? {} : { cause }),
  });
}
