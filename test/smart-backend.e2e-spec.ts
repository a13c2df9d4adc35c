import type {} from 'node:net';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import {
  askToken,
  audience,
  claimsOf,
  keyPair,
  nhsTokenUrl,
  origin,
  post,
  seconds,
  signed,
  type Told,
  tokenUrl,
} from './issuer-world.js';
import { expectRefused, type SmartWorld, startSmartWorld } from './smart-world.js';

/**
 * What SMART Backend Services demands of a server.
 * https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html
 * https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html
 */
describe('SMART Backend Services: the authorization server SHALL', () => {
  let world: SmartWorld;
  let ec: SmartWorld['ec'];

  beforeAll(async () => {
    world = await startSmartWorld();
    ({ ec } = world);
  });
  afterAll(() => world.stop());

  describe('issue an access token', () => {
    it('as a JSON object with access_token, token_type bearer, expires_in of at most 300 and scope, not to be stored', async () => {
      const { status, headers, body } = await world.ask();
      expect({ status, body }).toEqual({
        status: 200,
        body: {
          access_token: expect.any(String) as string,
          token_type: 'bearer',
          expires_in: 300,
          scope: 'system/Task.rs',
        },
      });
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('pragma')).toBe('no-cache');
    });

    it('that says for whom it is, who bears it, what for and how long, signed by a published key', async () => {
      const { body } = await world.ask();
      const token = String(body['access_token']);
      const jwks = (await (await fetch(`${world.first.url}/auth/jwks`)).json()) as JSONWebKeySet;
      const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(jwks), { typ: 'at+jwt' });
      expect(protectedHeader.alg).toBe('RS256');
      expect(payload).toEqual({
        iss: `${origin}/auth`,
        aud: [audience],
        sub: 'one',
        client_id: 'one',
        scope: 'system/Task.rs',
        role: 'provider',
        organisation: 'keighley-healthy-living',
        iat: expect.any(Number) as number,
        exp: Number(payload.iat) + 300,
        jti: expect.any(String) as string,
      });
      expect(JSON.stringify(jwks)).not.toMatch(/"(d|p|q|dp|dq|qi)"/);
    });

    it('and no refresh token', async () => {
      expect((await world.ask()).body['refresh_token']).toBeUndefined();
    });

    it('that is bound to the certificate of a client that is registered with one', async () => {
      await world.first.issuer.clients.replace({
        ...(await world.first.issuer.clients.find('other')),
        id: 'other',
        role: 'provider',
        organisation: 'project-6',
        scopes: ['system/*.cruds'],
        redirectUris: [],
        suspended: false,
        jwks: { keys: [ec.publicKey] },
        certificateThumbprint: 'A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0',
      });
      const { body } = await askToken(world.first, await signed(claimsOf('other'), ec.privateKey));
      expect(decodeJwt(String(body['access_token']))['cnf']).toEqual({
        'x5t#S256': 'A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0',
      });
    });
  });

  describe('check who the JWT speaks of and whom it is for', () => {
    it('refusing a client that is not known', async () => {
      expectRefused(await world.ask({ iss: 'nobody', sub: 'nobody' }), /not known/);
    });

    it('refusing iss or sub that is missing, or two that differ', async () => {
      for (const changes of [
        { iss: undefined },
        { sub: undefined },
        { sub: 'other' },
        { iss: 'other' },
        { iss: 1, sub: 1 },
      ])
        expectRefused(await world.ask(changes), /iss and sub/);
    });

    it('refusing a client_id beside it that is another one', async () => {
      expectRefused(await world.ask({}, {}, { client_id: 'other' }), /iss and sub/);
      expect((await world.ask({}, {}, { client_id: 'one' })).status).toBe(200);
    });

    it('refusing an aud that is missing, another address, or one of several', async () => {
      const wrong = [
        undefined,
        `${origin}/auth`,
        `${tokenUrl}/`,
        'https://evil.example/auth/token',
        nhsTokenUrl,
        [tokenUrl, audience],
        [],
        { 0: tokenUrl },
      ];
      for (const aud of wrong) expectRefused(await world.ask({ aud }), /aud/);
      expect((await world.ask({ aud: [tokenUrl] })).status).toBe(200);
    });
  });

  describe('check its time', () => {
    it('refusing an exp that is missing or no integer', async () => {
      for (const exp of [undefined, String(seconds() + 60), seconds() + 60.5, null])
        expectRefused(await world.ask({ exp }), /exp/);
    });

    it('refusing a stale one, and one that has not begun', async () => {
      expectRefused(await world.ask({ exp: seconds() - 1 }), /ended/);
      expectRefused(await world.ask({ nbf: seconds() + 60 }), /begun/);
    });

    it('refusing an exp more than five minutes ahead', async () => {
      expectRefused(await world.ask({ exp: seconds() + 320 }), /five minutes/);
      expect((await world.ask({ exp: seconds() + 299 })).status).toBe(200);
    });
  });

  describe('check that its jti was not used before by this iss', () => {
    it('refusing a jti that is missing or no string', async () => {
      for (const jti of [undefined, '', 7, null, 'x'.repeat(257)]) expectRefused(await world.ask({ jti }), /jti/);
    });

    it('refusing it the second time, in another process too', async () => {
      const assertion = await signed(claimsOf('one'), ec.privateKey);
      const second = await world.another();
      expect((await askToken(world.first, assertion)).status).toBe(200);
      expectRefused(await askToken(world.first, assertion), /used before/);
      expectRefused(await askToken(second, assertion), /used before/);
    });

    it('taking one of many that come at once to two processes', async () => {
      const assertion = await signed(claimsOf('one'), ec.privateKey);
      const second = await world.another();
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) => askToken(index % 2 === 0 ? world.first : second, assertion)),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 401)).toHaveLength(19);
    });

    it('taking the same jti of another client, and not letting a stranger use one up', async () => {
      const jti = 'once-and-no-more';
      const stranger = await keyPair('ES384', 'ec');
      expectRefused(
        await askToken(world.first, await signed(claimsOf('one', { jti }), stranger.privateKey)),
        /signature/,
      );
      expect((await world.ask({ jti })).status).toBe(200);
      expect((await askToken(world.first, await signed(claimsOf('other', { jti }), ec.privateKey))).status).toBe(200);
    });
  });

  describe('mediate the request to the scope that is registered', () => {
    const scoped = (scope: string | undefined): Promise<Told> => world.ask({}, {}, { scope });
    const expectScope = (told: Told): void => {
      expect({ status: told.status, error: told.body['error'] }).toEqual({ status: 400, error: 'invalid_scope' });
    };

    it('giving less than is registered, where less is asked for', async () => {
      expect((await scoped('system/Task.r system/Patient.s')).body['scope']).toBe('system/Task.r system/Patient.s');
      expect((await scoped('system/Task.rs?owner=Organization/one')).body['scope']).toBe(
        'system/Task.rs?owner=Organization/one',
      );
    });

    it('reading scopes of version 1 as what they mean in version 2', async () => {
      expect((await scoped('system/Task.read')).body['scope']).toBe('system/Task.rs');
      expect((await scoped('system/Task.write')).body['scope']).toBe('system/Task.cud');
    });

    it('refusing what goes beyond it', async () => {
      for (const scope of [
        'system/Observation.rs',
        'system/Patient.cruds',
        'system/*.rs',
        'user/Task.rs',
        'system/Task.rs system/*.r',
      ])
        expectScope(await scoped(scope));
    });

    it('refusing what is no scope, none at all, and scopes of sign-in', async () => {
      for (const scope of ['system/Task', 'system/Task.sr', 'everything', 'openid', 'offline_access', '', undefined])
        expectScope(await scoped(scope));
    });
  });

  describe('answer an error as OAuth 2.0 defines it', () => {
    it.each([
      ['grant_type', undefined, 'invalid_request'],
      ['grant_type', 'password', 'unsupported_grant_type'],
      ['client_assertion_type', undefined, 'invalid_request'],
      ['client_assertion_type', 'jwt', 'invalid_request'],
      ['client_assertion', undefined, 'invalid_request'],
      ['client_secret', 'secret', 'invalid_request'],
    ])('%s = %s: %s', async (name, value, error) => {
      const { status, body } = await world.ask({}, {}, { [name]: value });
      expect({ status, body }).toEqual({
        status: 400,
        body: { error, error_description: expect.any(String) as string },
      });
    });

    it('a parameter that comes twice, and a body that is no form', async () => {
      const assertion = await signed(claimsOf('one'), ec.privateKey);
      const twice = new URLSearchParams([
        ['grant_type', 'client_credentials'],
        ['client_assertion', assertion],
        ['client_assertion', assertion],
      ]);
      expect((await post(`${world.first.url}/auth/token`, twice)).body['error']).toBe('invalid_request');
      const json = await post(`${world.first.url}/auth/token`, '{}', { 'content-type': 'application/json' });
      expect([json.status, json.body['error']]).toEqual([400, 'invalid_request']);
    });

    it('what is no JWT', async () => {
      for (const text of ['', 'x', 'a.b.c', '..', `${'x'.repeat(9_000)}.x.x`]) {
        const { status } = await askToken(world.first, text);
        expect([400, 401]).toContain(status);
      }
    });
  });

  it('signs with keys that its description names', async () => {
    const described = (await (
      await fetch(`${world.first.url}/auth/.well-known/openid-configuration`)
    ).json()) as Record<string, unknown>;
    expect(described).toMatchObject({
      issuer: `${origin}/auth`,
      token_endpoint: tokenUrl,
      jwks_uri: `${origin}/auth/jwks`,
      authorization_endpoint: `${origin}/auth/authorize`,
      token_endpoint_auth_signing_alg_values_supported: expect.arrayContaining(['RS384', 'ES384', 'RS512']) as string[],
      code_challenge_methods_supported: ['S256'],
    });
    const { kid } = decodeProtectedHeader(String((await world.ask()).body['access_token']));
    const { keys } = (await (await fetch(`${world.first.url}/auth/jwks`)).json()) as JSONWebKeySet;
    expect(keys.map((key) => key.kid)).toContain(kid);
  });
});
