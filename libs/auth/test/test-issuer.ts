import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JWK,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from 'jose';

export interface TestKey {
  kid: string;
  alg: string;
  secret: CryptoKey;
  jwk: JWK;
}

export async function newKey(kid: string, alg = 'ES384'): Promise<TestKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, secret: privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** An OpenID provider over HTTP that says what a test wants it to say, and counts what it is asked. */
export class TestIssuer {
  published: JWK[] = [];
  revocations: object = { asOf: 0, clients: [], tokens: [] };
  isAway = false;
  asked: string[] = [];
  #server: Server | undefined;
  issuer = '';

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      const path = request.url ?? '';
      this.asked.push(path);
      const answer = this.isAway ? undefined : this.#answers()[path];
      response.writeHead(answer ? 200 : 500, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer ?? {}));
    });
    this.#server = server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.issuer = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/auth`;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    this.#server?.close();
    if (this.#server) await once(this.#server, 'close');
  }

  token(key: TestKey, claims: object, header: Partial<JWTHeaderParameters> = {}): Promise<string> {
    return new SignJWT(claims as JWTPayload)
      .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'at+jwt', ...header })
      .sign(key.secret);
  }

  #answers(): Record<string, object> {
    return {
      '/auth/.well-known/openid-configuration': {
        issuer: this.issuer,
        jwks_uri: `${this.issuer}/jwks`,
        token_endpoint: `${this.issuer}/token`,
      },
      '/auth/jwks': { keys: this.published },
      '/auth/revocations': this.revocations,
    };
  }
}
