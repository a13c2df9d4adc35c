import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { CapabilityStatement } from 'fhir/r4';
import { TokenVerifier } from '#auth';
import { baseUrl, type RunningServer, startServer } from '../../test/running-server.js';

let server: RunningServer;
let without: RunningServer;
let isAway = true;
let issuer: string;
const asked: (string | undefined)[] = [];
const provider = createServer((request, response) => {
  asked.push(request.url);
  response.writeHead(isAway ? 503 : 200, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify({
      issuer,
      jwks_uri: `${issuer}/jwks`,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      grant_types_supported: ['client_credentials', 'authorization_code'],
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384', 'RS512'],
      response_types_supported: ['code'],
      claims_supported: ['sub'],
    }),
  );
});

beforeAll(async () => {
  provider.listen(0, '127.0.0.1');
  await once(provider, 'listening');
  issuer = `http://127.0.0.1:${String((provider.address() as AddressInfo).port)}/auth`;
  let clock = Date.now();
  // Each look at the clock is ten seconds later: what failed is asked for again.
  const now = (): Date => new Date((clock += 10_000));
  server = await startServer({ authenticator: new TokenVerifier({ issuers: [{ issuer, audience: baseUrl }], now }) });
  without = await startServer();
});
afterAll(async () => {
  await Promise.all([server.stop(), without.stop()]);
  provider.closeAllConnections();
  provider.close();
});

async function securityIn(one: RunningServer): Promise<unknown> {
  const { body } = await one.call('GET /fhir/metadata');
  return (body as CapabilityStatement).rest?.[0]?.security;
}

describe('where tokens are asked of', () => {
  it('is not told without an issuer, nor while it does not answer', async () => {
    const path = 'GET /fhir/.well-known/smart-configuration';
    expect((await without.call(path)).status).toBe(404);
    expect((await server.call(path)).status).toBe(503);
    const plain = { cors: false, description: 'A bearer token in the Authorization header.' };
    expect([await securityIn(without), await securityIn(server)]).toEqual([plain, plain]);
  });

  it('is told to everybody as SMART wants it, and may be kept for a while', async () => {
    isAway = false;
    const answer = await server.call('GET /fhir/.well-known/smart-configuration');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('public, max-age=300');
    expect(answer.body).toEqual({
      issuer,
      jwks_uri: `${issuer}/jwks`,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      grant_types_supported: ['client_credentials', 'authorization_code'],
      response_types_supported: ['code'],
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384', 'RS512'],
      scopes_supported: [
        'openid',
        'fhirUser',
        'user/*.cruds',
        'system/*.cruds',
        'https://ginnel.org.uk/fhir/scope/restricted',
        'https://ginnel.org.uk/fhir/scope/very-restricted',
        'https://ginnel.org.uk/fhir/scope/process-message',
      ],
      code_challenge_methods_supported: ['S256'],
      capabilities: ['client-confidential-asymmetric', 'permission-v1', 'permission-v2', 'permission-user'],
    });
  });

  it('stands in the CapabilityStatement too, once the issuer has said it', async () => {
    expect(await securityIn(server)).toMatchObject({
      service: [{ coding: [{ code: 'SMART-on-FHIR' }] }],
      extension: [
        {
          url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
          extension: [
            { url: 'token', valueUri: `${issuer}/token` },
            { url: 'authorize', valueUri: `${issuer}/authorize` },
          ],
        },
      ],
    });
    expect(new Set(asked)).toEqual(new Set(['/auth/.well-known/openid-configuration']));
  });
});
