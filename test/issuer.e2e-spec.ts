import { randomUUID } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, type JSONWebKeySet } from 'jose';
import { TokenVerifier } from '#auth';
import {
  askToken,
  audience,
  claimsOf,
  type IssuerWorld,
  type KeyPair,
  keyPair,
  nhsTokenUrl,
  origin,
  post,
  seconds,
  signed,
  startIssuerWorld,
  type Told,
} from './issuer-world.js';
import { eventually } from './eventually.js';

describe('the issuer', () => {
  let world: IssuerWorld;
  let key: KeyPair;

  beforeAll(async () => {
    world = await startIssuerWorld();
    key = await keyPair('RS512', 'k');
    await register('one');
  });
  afterAll(() => world.stop());

  function register(id: string) {
    const jwks = JSON.stringify({ keys: [key.publicKey] });
    return world.first.issuer.register.execute({ id, role: 'practice', organisation: 'worth-valley-practice', jwks });
  }
  const tokenOf = async (client: string, at = world.first): Promise<Told> =>
    askToken(at, await signed(claimsOf(client), key.privateKey));
  const revocations = async () =>
    (await (await fetch(`${world.first.url}/auth/revocations`)).json()) as {
      asOf: string;
      clients: { client: string; before: number; suspended: boolean }[];
      tokens: { jti: string; exp: number }[];
    };

  describe('at the NHS’s address', () => {
    const ask = async (changes: Record<string, unknown> = {}, header: object = {}, form: object = {}): Promise<Told> =>
      askToken(world.first, await signed(claimsOf('one', { aud: nhsTokenUrl, ...changes }), key.privateKey, header), {
        path: '/oauth2/token',
        form: { scope: undefined, ...form },
      });

    it('gives a token for all that is registered, to a request without scope', async () => {
      const { status, body } = await ask();
      expect({ status, body }).toEqual({
        status: 200,
        body: {
          access_token: expect.any(String) as string,
          token_type: 'bearer',
          expires_in: 300,
          scope: 'system/*.cruds https://ginnel.org.uk/fhir/scope/process-message',
        },
      });
    });

    it.each<[string, Record<string, unknown>, object, object, number]>([
      ['no grant_type', {}, {}, { grant_type: undefined }, 400],
      ['another grant_type', {}, {}, { grant_type: 'password' }, 400],
      ['no client_assertion_type', {}, {}, { client_assertion_type: undefined }, 400],
      ['no client_assertion', {}, {}, { client_assertion: undefined }, 400],
      ['a client_assertion that is no JWT', {}, {}, { client_assertion: 'jwt' }, 400],
      ['no kid', {}, { kid: undefined }, {}, 400],
      ['a kid without a key', {}, { kid: 'other' }, {}, 401],
      ['a typ that is not JWT', {}, { typ: 'JOSE' }, {}, 400],
      ['another client', { iss: 'nobody', sub: 'nobody' }, {}, {}, 401],
      ['iss and sub that differ', { iss: 'two' }, {}, {}, 400],
      ['no jti', { jti: undefined }, {}, {}, 400],
      ['a jti that is a number', { jti: 1 }, {}, {}, 400],
      ['another aud', { aud: `${origin}/auth/token` }, {}, {}, 401],
      ['no exp', { exp: undefined }, {}, {}, 400],
      ['a past exp', { exp: seconds() - 10 }, {}, {}, 400],
      ['an exp too far ahead', { exp: seconds() + 600 }, {}, {}, 400],
      ['an exp that is a text', { exp: '1' }, {}, {}, 400],
    ])(
      'refuses %s with the status that the NHS gives, and a message_id',
      async (_title, changes, header, form, expected) => {
        const { status, headers, body } = await ask(changes, header, form);
        expect({ status, body }).toEqual({
          status: expected,
          body: {
            error: expect.any(String) as string,
            error_description: expect.any(String) as string,
            message_id: headers.get('x-request-id'),
          },
        });
      },
    );

    it('refuses a replay with 400 and another key with 401', async () => {
      const assertion = await signed(claimsOf('one', { aud: nhsTokenUrl }), key.privateKey);
      const again = () => askToken(world.first, assertion, { path: '/oauth2/token' });
      expect([(await again()).status, (await again()).status]).toEqual([200, 400]);
      const stranger = await keyPair('RS512', 'k');
      const forged = await signed(claimsOf('one', { aud: nhsTokenUrl }), stranger.privateKey);
      expect((await askToken(world.first, forged, { path: '/oauth2/token' })).status).toBe(401);
    });
  });

  describe('ends what it gave', () => {
    it('when a client is suspended, until it is resumed, in every process', async () => {
      await register('suspended');
      const second = await world.another();
      expect((await tokenOf('suspended', second)).status).toBe(200);
      const before = seconds();
      expect(await world.first.issuer.clients.suspend('suspended')).toBe(true);
      expect((await tokenOf('suspended', second)).body).toMatchObject({ error: 'invalid_client' });
      const { clients, asOf } = await revocations();
      const told = clients.find(({ client }) => client === 'suspended');
      expect(told).toMatchObject({ suspended: true });
      expect(told?.before).toBeGreaterThanOrEqual(before);
      expect(Date.parse(asOf)).not.toBeNaN();
      expect(await world.first.issuer.clients.resume('suspended')).toBe(true);
      const { body } = await tokenOf('suspended', second);
      // The list knows seconds only: what is new must not look as if it were old.
      expect(decodeJwt(String(body['access_token'])).iat).toBeGreaterThan(told?.before ?? Infinity);
      expect((await revocations()).clients).toContainEqual({ ...told, suspended: false });
    });

    it('when its keys change, and not when it is registered again as it was', async () => {
      const { client } = await register('changing');
      await world.first.issuer.clients.replace(client);
      expect((await revocations()).clients.map((one) => one.client)).not.toContain('changing');
      const { publicKey } = await keyPair('ES384', 'new');
      const again = { ...client, scope: client.scopes.join(' '), jwks: JSON.stringify({ keys: [publicKey] }) };
      await expect(world.first.issuer.register.execute(again)).rejects.toThrow('already');
      await world.first.issuer.register.execute({ ...again, replace: true });
      expect((await revocations()).clients.map((one) => one.client)).toContain('changing');
    });

    it('when it is removed', async () => {
      await register('removed');
      expect(await world.first.issuer.clients.remove('removed')).toBe(true);
      expect(await world.first.issuer.clients.remove('removed')).toBe(false);
      expect((await tokenOf('removed')).status).toBe(401);
      expect((await revocations()).clients).toContainEqual(
        expect.objectContaining({ client: 'removed', suspended: true }),
      );
    });

    it('when a client revokes one token of its own, and nobody else’s', async () => {
      await register('bystander');
      const token = String((await tokenOf('one')).body['access_token']);
      const revoke = async (client: string): Promise<number> => {
        const assertion = await signed(claimsOf(client, { aud: `${origin}/auth/revoke` }), key.privateKey);
        const form = { grant_type: undefined, scope: undefined, token };
        return (await askToken(world.first, assertion, { path: '/auth/revoke', form })).status;
      };
      const { jti, exp } = decodeJwt(token);
      expect(await revoke('bystander')).toBe(200);
      expect((await revocations()).tokens).not.toContainEqual({ jti, exp });
      expect(await revoke('one')).toBe(200);
      expect(await revoke('one')).toBe(200);
      expect((await revocations()).tokens).toContainEqual({ jti, exp });
    });
  });

  describe('when its signing key is rotated', () => {
    it('publishes the next key before it signs, and no request with a token fails meanwhile', async () => {
      // Longer than a service waits before it looks for keys again.
      const rotating = await world.another({ publishAheadMs: 6_000, limits: { tokens: 100_000 } });
      const verifier = new TokenVerifier({
        issuers: [
          {
            issuer: `${origin}/auth`,
            audience,
            jwksUri: `${rotating.url}/auth/jwks`,
            revocationsUri: `${rotating.url}/auth/revocations`,
          },
        ],
      });
      const published = async (): Promise<(string | undefined)[]> => {
        const { keys } = (await (await fetch(`${rotating.url}/auth/jwks`)).json()) as JSONWebKeySet;
        return keys.map(({ kid }) => kid);
      };
      const seen = new Set<string>();
      const turn = async (): Promise<string> => {
        const { status, body } = await tokenOf('one', rotating);
        expect(status).toBe(200);
        const token = String(body['access_token']);
        const { client, role } = await verifier.authenticate({ authorization: `Bearer ${token}` });
        expect({ client, role }).toEqual({ client: 'one', role: 'practice' });
        const { kid = '' } = decodeProtectedHeader(token);
        if ((await published()).some((one) => one !== kid) && seen.size < 2) seen.add('published before it signs');
        seen.add(kid);
        return kid;
      };
      const old = await turn();
      const { kid: next } = await rotating.issuer.keys.rotate();
      // A second command while the next key waits makes no third one.
      expect((await rotating.issuer.keys.rotate()).kid).toBe(next);
      await eventually(turn, (kid) => kid === next);
      expect([...seen]).toEqual([old, 'published before it signs', next]);
      expect(await published()).toEqual([next, old]);
    });

    it('cannot be started with another secret, and does not say what it holds', async () => {
      await expect(
        world.another({ secret: `another ${randomUUID()} ${randomUUID()}` }).then(async ({ url }) => {
          const answer = await fetch(`${url}/health/ready`);
          return `${String(answer.status)} ${await answer.text()}`;
        }),
      ).resolves.toBe(
        '503 {"status":"not ready","problems":["The database cannot be reached, or the signing keys cannot be read."]}',
      );
    });
  });

  it('answers what it does not have with 404, and lets nobody register through it from outside a sandbox', async () => {
    const outside = await world.another({ sandbox: false });
    for (const path of ['/auth/register', '/auth/reg', '/auth/interaction/x', '/auth/unheard-of'])
      expect((await fetch(`${outside.url}${path}`)).status).toBe(404);
    expect((await post(`${outside.url}/auth/introspect`, new URLSearchParams())).status).toBe(404);
  });
});
