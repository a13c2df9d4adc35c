import { signingAlgorithm } from '../keys/signing-keys.js';

/** How long a token lives. https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html */
export const tokenSeconds = 300;

/** How access tokens for the FHIR services look. https://www.rfc-editor.org/rfc/rfc9068 */
export function serverOf(audience: string, scope: string, kid: string) {
  return {
    audience,
    scope,
    accessTokenTTL: tokenSeconds,
    accessTokenFormat: 'jwt' as const,
    jwt: { sign: { alg: signingAlgorithm, kid } as const },
  };
}
