import { decodeJwt, decodeProtectedHeader, importJWK, type JWK, type JWTPayload, jwtVerify } from 'jose';
import type { RegisteredClient } from '../clients/client.js';
import type { ClientKeys } from '../clients/client-keys.js';
import type { Clients } from '../clients/clients.js';
import { AssertionRefused } from './assertion-refused.js';
import type { UsedAssertions } from './used-assertions.js';

/** Algorithms of assertions, and the kind of key of each. RS512 is the NHS's. */
export const assertionAlgorithms = { RS384: 'RSA', ES384: 'EC', RS512: 'RSA' } as const;
type Algorithm = keyof typeof assertionAlgorithms;

interface Header {
  alg: Algorithm;
  kid: string;
  jku?: string;
}

interface Claims {
  client: string;
  jti: string;
  exp: number;
}

const longestAssertion = 8_192;
const longestLifeSeconds = 300;
const forbidden = ['jwk', 'x5c', 'x5u', 'x5t', 'x5t#S256', 'crit', 'b64'];

/**
 * Authenticates a client by an assertion that it signed with its private key.
 * https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html
 */
export class ClientAssertions {
  constructor(private readonly parts: { clients: Clients; keys: ClientKeys; used: UsedAssertions; now: () => Date }) {}

  /** The client that signed it for this endpoint; throws AssertionRefused. A second use is refused, in any process. */
  async verify(assertion: string, endpoint: string): Promise<RegisteredClient> {
    const { header, payload } = decode(assertion);
    const { alg, kid, jku } = checkHeader(header);
    const claims = checkClaims(payload, { endpoint, now: this.parts.now() });
    const client = await this.parts.clients.find(claims.client);
    if (!client) throw new AssertionRefused('client');
    if (jku !== undefined && jku !== client.jwksUri) throw new AssertionRefused('key-set-elsewhere');
    const key = await this.parts.keys.find(client, { kid, kty: assertionAlgorithms[alg] });
    await this.#checkSignature(assertion, alg, key);
    // Only now: whoever cannot sign learns nothing of a client, and cannot use up its ids.
    if (client.suspended || client.role === undefined) throw new AssertionRefused('client');
    if (!(await this.parts.used.use(client.id, claims))) throw new AssertionRefused('replayed');
    return client;
  }

  async #checkSignature(assertion: string, alg: Algorithm, jwk: JWK): Promise<void> {
    try {
      const key = await importJWK(jwk, alg);
      await jwtVerify(assertion, key, { algorithms: [alg], currentDate: this.parts.now() });
    } catch (cause) {
      throw new AssertionRefused('signature', { cause });
    }
  }
}

function decode(assertion: string): { header: Record<string, unknown>; payload: JWTPayload } {
  if (assertion.length > longestAssertion) throw new AssertionRefused('malformed');
  try {
    return { header: { ...decodeProtectedHeader(assertion) }, payload: decodeJwt(assertion) };
  } catch (cause) {
    throw new AssertionRefused('malformed', { cause });
  }
}

function checkHeader(header: Record<string, unknown>): Header {
  const { alg, typ, kid, jku } = header;
  if (typ !== 'JWT') throw new AssertionRefused('type');
  if (typeof alg !== 'string' || !Object.hasOwn(assertionAlgorithms, alg)) throw new AssertionRefused('algorithm');
  if (forbidden.some((name) => name in header)) throw new AssertionRefused('header');
  if (typeof kid !== 'string' || kid === '') throw new AssertionRefused('no-kid');
  if (jku !== undefined && typeof jku !== 'string') throw new AssertionRefused('key-set-elsewhere');
  return { alg: alg as Algorithm, kid, ...(jku === undefined ? {} : { jku }) };
}

function checkClaims(payload: JWTPayload, { endpoint, now }: { endpoint: string; now: Date }): Claims {
  const { iss, sub, jti } = payload as Record<string, unknown>;
  if (typeof iss !== 'string' || iss === '' || sub !== iss) throw new AssertionRefused('no-issuer');
  if (!isFor(payload.aud, endpoint)) throw new AssertionRefused('audience');
  const exp = checkTimes(payload, Math.floor(now.getTime() / 1_000));
  if (typeof jti !== 'string' || jti === '' || jti.length > 256) throw new AssertionRefused('no-id');
  return { client: iss, jti, exp };
}

/** That address, and no other beside it: an assertion for several servers could be used again at each. */
function isFor(audience: unknown, endpoint: string): boolean {
  return audience === endpoint || (Array.isArray(audience) && audience.length === 1 && audience[0] === endpoint);
}

function checkTimes(payload: JWTPayload, now: number): number {
  const { exp, nbf } = payload as Record<string, unknown>;
  if (typeof exp !== 'number' || !Number.isSafeInteger(exp)) throw new AssertionRefused('no-expiry');
  if (exp <= now) throw new AssertionRefused('expired');
  if (exp > now + longestLifeSeconds) throw new AssertionRefused('too-long');
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf <= now)) throw new AssertionRefused('expired');
  return exp;
}
