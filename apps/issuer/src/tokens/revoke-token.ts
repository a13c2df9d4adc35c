import { createLocalJWKSet, type JWTPayload, jwtVerify } from 'jose';
import { type SigningKeys, signingAlgorithm } from '../keys/signing-keys.js';
import type { Revocations } from './revocations.js';

/** Ends one access token before its time. https://www.rfc-editor.org/rfc/rfc7009 */
export class RevokeToken {
  constructor(private readonly parts: { keys: SigningKeys; revocations: Revocations; issuer: string }) {}

  /** What is no token of this client, or has ended, is left alone: that is success too. */
  async execute(token: string, client: string): Promise<void> {
    const payload = await this.#payloadOf(token);
    const { jti, exp, client_id: bearer } = payload ?? {};
    if (bearer !== client || jti === undefined || exp === undefined) return;
    await this.parts.revocations.revokeToken({ jti, exp });
  }

  async #payloadOf(token: string): Promise<JWTPayload | undefined> {
    const { jwks } = await this.parts.keys.current();
    const keys = createLocalJWKSet({
      keys: jwks.map(({ kty, n, e, kid, alg, use }) => ({ kty, n, e, kid, alg, use }) as never),
    });
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: [signingAlgorithm],
        issuer: this.parts.issuer,
        typ: 'at+jwt',
      });
      return payload;
    } catch {
      return undefined;
    }
  }
}
