import type { Role } from './caller.js';

/** An OpenID provider whose access tokens are believed. */
export interface TrustedIssuer {
  /** As the claim `iss` has it, to the letter. */
  issuer: string;
  /** As the claim `aud` has it, to the letter: the address of this server, `[base]`. */
  audience: string;
  /** Where the issuer describes itself, unless below its name. https://openid.net/specs/openid-connect-discovery-1_0.html */
  metadataUri?: string;
  /** Its keys; unless told, its description says where they are. */
  jwksUri?: string;
  /** Where it lists what was revoked; without it a token holds until it ends. */
  revocationsUri?: string;
  /** Asymmetric ones only; RS256, PS256, ES256, RS384, ES384, RS512, EdDSA unless told. */
  algorithms?: readonly string[];
  /** Which claim says what: its name, or where it is deeper a JSON pointer (`/realm/role`). */
  claims?: Partial<Record<ClaimOfCaller, string>>;
  /** For all its tokens, whatever they say. */
  role?: Role;
  /** For all its tokens: logical id of the Organization that they act for. */
  organisation?: string;
  /** Put before its clients' ids, so that no client of one issuer is taken for another one's. */
  clientPrefix?: string;
}

export type ClaimOfCaller = 'client' | 'role' | 'organisation' | 'user' | 'patient' | 'scope';

export const usualAlgorithms = ['RS256', 'PS256', 'ES256', 'RS384', 'ES384', 'RS512', 'EdDSA'] as const;

const asymmetric = /^(RS|PS|ES)(256|384|512)$|^(EdDSA|Ed25519)$/;

/** Throws one sentence where these could not be told apart, or where one would believe what anybody may sign. */
export function checkedIssuers(issuers: readonly TrustedIssuer[]): readonly TrustedIssuer[] {
  for (const { issuer, audience, algorithms = usualAlgorithms } of issuers) {
    if (!URL.canParse(issuer) || audience === '')
      throw new Error('An issuer is an address, and its tokens name an audience.');
    const wrong = algorithms.find((algorithm) => !asymmetric.test(algorithm));
    if (wrong !== undefined || algorithms.length === 0)
      throw new Error(`Tokens of ${issuer} must be signed by asymmetric algorithms, such as ES384.`);
  }
  if (new Set(issuers.map(({ issuer }) => issuer)).size < issuers.length)
    throw new Error('One issuer is configured twice.');
  if (new Set(issuers.map(({ clientPrefix = '' }) => clientPrefix)).size < issuers.length)
    throw new Error('Of several issuers each needs a clientPrefix of its own, so that their clients are told apart.');
  return issuers;
}
