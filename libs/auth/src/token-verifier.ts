import { hash } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import { FhirError } from '#fhir';
import { Authenticator, bearerTokenIn, invalidToken, unauthorized } from './authenticator.js';
import type { Caller } from './caller.js';
import { callerInClaims, clientIn } from './caller-in-claims.js';
import { certificateThumbprintIn } from './client-certificate.js';
import { type Issuers, type KnownIssuer, KnownIssuers } from './known-issuer.js';
import type { RevocableToken } from './revocations.js';
import { type TrustedIssuer, usualAlgorithms } from './trusted-issuer.js';

export interface TokenVerifierOptions {
  issuers: readonly TrustedIssuer[];
  /** For tokens that are no JWTs: bare ones, where a deployment has them. */
  others?: Authenticator;
  /** True where an edge in front hands on the certificate that a client showed, and takes away what a client says of it. */
  clientCertificates?: boolean;
  now?: () => Date;
}

/** A token that was found to be good. */
interface Verified {
  caller: Caller;
  issuer: KnownIssuer;
  /** Seconds since 1970. */
  expires: number;
  /** When its signature was checked, in milliseconds. */
  checkedAt: number;
  token: RevocableToken;
  /** Of the certificate that it is bound to. https://www.rfc-editor.org/rfc/rfc8705#section-3.1 */
  thumbprint?: string;
}

interface Signed {
  payload: JWTPayload;
  kid: string | undefined;
}

const verifiedAtMost = 10_000;
/** A key that its issuer no longer publishes must not count through a token that was checked before. */
const checkedAgainMs = 60_000;
/** Of clocks that do not agree. */
const toleranceSeconds = 5;

/**
 * Access tokens of trusted issuers. https://www.rfc-editor.org/rfc/rfc9068 Signatures are checked once a
 * minute; that a token has not ended, was not taken back and comes with its certificate is checked each time.
 */
export class TokenVerifier extends Authenticator {
  readonly #issuers: KnownIssuers;
  readonly #verified = new Map<string, Verified>();
  readonly #now: () => number;

  constructor(private readonly options: TokenVerifierOptions) {
    super();
    const { now = () => new Date() } = options;
    this.#now = () => now().getTime();
    this.#issuers = new KnownIssuers(options.issuers, this.#now);
  }

  override async authenticate(headers: Readonly<Record<string, string>>): Promise<Caller> {
    const token = bearerTokenIn(headers);
    if (token === undefined) throw unauthorized('This needs a token: Authorization: Bearer, a space, the token.');
    if (!isJwt(token)) {
      if (this.options.others) return this.options.others.authenticate(headers);
      throw invalidToken();
    }
    const digest = hash('sha256', token, 'base64url');
    const verified = this.#known(digest) ?? (await this.#verify(token));
    await this.#refuseEnded(verified, headers);
    this.#remember(digest, verified);
    return verified.caller;
  }

  override get issuers(): Issuers {
    return this.#issuers;
  }

  async #verify(token: string): Promise<Verified> {
    try {
      const issuer = this.#issuers.named(decodeJwt(token).iss);
      if (!issuer) throw invalidToken();
      const checkedAt = this.#now();
      const verified = verifiedOf(await this.#signed(token, issuer), issuer);
      if (!this.#issuers.isOwn(verified.caller.client, issuer)) throw invalidToken();
      return { ...verified, checkedAt };
    } catch (error) {
      if (error instanceof FhirError) throw error;
      // Which of the checks failed is nobody's business but the issuer's.
      throw invalidToken(error);
    }
  }

  async #signed(token: string, { trusted, keys }: KnownIssuer): Promise<Signed> {
    const { issuer, audience, algorithms = usualAlgorithms } = trusted;
    const { payload, protectedHeader } = await jwtVerify(token, keys.keyFor, {
      issuer,
      audience,
      algorithms: [...algorithms],
      clockTolerance: toleranceSeconds,
      currentDate: new Date(this.#now()),
      requiredClaims: ['exp', 'iat'],
    });
    const { typ, kid } = protectedHeader;
    if (!/^((application\/)?at\+jwt|JWT)$/i.test(typ ?? '')) throw new errors.JWTInvalid('typ');
    if ((payload.iat ?? Infinity) > this.#now() / 1000 + toleranceSeconds) throw new errors.JWTInvalid('iat');
    return { payload, kid };
  }

  async #refuseEnded({ issuer, token, expires, thumbprint }: Verified, headers: Readonly<Record<string, string>>) {
    if (expires + toleranceSeconds <= this.#now() / 1000) throw invalidToken();
    if (thumbprint !== undefined && thumbprint !== this.#shown(headers)) throw invalidToken();
    if (await issuer.revocations?.isRevoked(token)) throw invalidToken();
  }

  #shown(headers: Readonly<Record<string, string>>): string | undefined {
    return this.options.clientCertificates === true ? certificateThumbprintIn(headers) : undefined;
  }

  #known(digest: string): Verified | undefined {
    const verified = this.#verified.get(digest);
    if (verified && this.#now() - verified.checkedAt < checkedAgainMs) return verified;
    this.#verified.delete(digest);
    return undefined;
  }

  /** Those that were used last stay. */
  #remember(digest: string, verified: Verified): void {
    this.#verified.delete(digest);
    this.#verified.set(digest, verified);
    const [oldest] = this.#verified.size > verifiedAtMost ? this.#verified.keys() : [];
    if (oldest !== undefined) this.#verified.delete(oldest);
  }
}

function verifiedOf({ payload, kid }: Signed, issuer: KnownIssuer): Omit<Verified, 'checkedAt'> {
  const { exp = 0, iat: issuedAt = 0, jti = '' } = payload;
  const caller = callerInClaims(payload, issuer.trusted);
  // What has no name cannot be taken back.
  if (!caller || (issuer.revocations && jti === '')) throw invalidToken();
  const token = { client: clientIn(payload, issuer.trusted) ?? '', jti, issuedAt, user: caller.user, kid };
  return { caller: { ...caller, issuedAt }, issuer, expires: exp, token, ...boundTo(payload) };
}

/** A way of binding that is not known here is not taken for none. */
function boundTo({ cnf }: JWTPayload): { thumbprint?: string } {
  if (cnf === undefined) return {};
  const thumbprint = typeof cnf === 'object' && cnf !== null ? (cnf as Record<string, unknown>)['x5t#S256'] : undefined;
  if (typeof thumbprint === 'string' && thumbprint !== '') return { thumbprint };
  throw invalidToken();
}

function isJwt(token: string): boolean {
  try {
    return token.split('.').length === 3 && decodeProtectedHeader(token).alg !== undefined;
  } catch {
    return false;
  }
}
