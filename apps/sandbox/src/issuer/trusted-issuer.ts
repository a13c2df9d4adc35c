import type { TrustedIssuer } from '#auth';

/** How the services know the issuer of their own installation: callers find it at `origin`, they may ask it elsewhere. */
export function trustedIssuer(origin: string, askedAt = origin): TrustedIssuer {
  return {
    issuer: `${origin}/auth`,
    audience: `${origin}/fhir`,
    metadataUri: `${askedAt}/auth/.well-known/openid-configuration`,
    jwksUri: `${askedAt}/auth/jwks`,
    revocationsUri: `${askedAt}/auth/revocations`,
  };
}
