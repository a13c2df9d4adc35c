import type { JWK } from 'jose';
import type { Role } from '#auth';

/** A system that may ask for tokens, or a page through which people sign in. */
export interface RegisteredClient {
  id: string;
  /** What it is and for which Organization it acts; a page has neither, its people have. */
  role?: Role;
  organisation?: string;
  /** Logical id of the Patient whose link it is. */
  patient?: string;
  /** As SMART's version 2 writes them. */
  scopes: readonly string[];
  /** Its public keys: the set itself, or where it is. */
  jwks?: { keys: readonly JWK[] };
  jwksUri?: string;
  /** SHA-256 of the certificate (DER, base64url) that must come with its tokens. https://www.rfc-editor.org/rfc/rfc8705#section-3.1 */
  certificateThumbprint?: string;
  /** Of a page: where sign-in may lead back to, letter by letter. */
  redirectUris: readonly string[];
  suspended: boolean;
  /** Tokens of this second (NumericDate) and of earlier ones hold no more. */
  endedAt?: number;
}
