import { FhirError, error } from '#fhir';
import type { Caller } from './caller.js';

/** Tells who is calling from a request's headers (names in lower case), or throws FhirError 401. */
export abstract class Authenticator {
  abstract authenticate(headers: Readonly<Record<string, string>>): Promise<Caller>;
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
