import { base64url, type JWTPayload, UnsecuredJWT, SignJWT } from 'jose';
import { createHash } from 'node:crypto';
import { base, bearing, claimsAt, verdict } from '../test/token.js';
import { newKey, TestIssuer, type TestKey } from '../test/test-issuer.js';
import { BearerTokens, TokenVerifier, type TokenVerifierOptions, type TrustedIssuer } from './index.js';

const issuer = new TestIssuer();
let key: TestKey;
let nextKey: TestKey;
let clock: number;

const seconds = (): number => Math.floor(clock / 1000);

function verifierWith(trusted: Partial<TrustedIssuer> = {}, more: Partial<TokenVerifierOptions> = {}): TokenVerifier {
  const issuers = [{ issuer: issuer.issuer, audience: base, ...trusted }];
  return new TokenVerifier({ issuers, now: () => new Date(clock), ...more });
}

function claims(more: object = {}): object {
  return claimsAt(clock, issuer.issuer, more);
}

beforeAll(async () => {
  await issuer.start();
  [key, nextKey] = [await newKey('one'), await newKey('two')];
});
afterAll(() => issuer.stop());
beforeEach(() => {
  clock = Date.now();
  issuer.published = [key.jwk];
  issuer.isAway = false;
  issuer.asked = [];
  issuer.revocations = { asOf: seconds(), clients: [], tokens: [] };
});

describe('a token of a trusted issuer', () => {
  it('tells who is calling, for which organisation, with which scopes', async () => {
    const token = await issuer.token(
      key,
      claims({ user: 'person-7', scope: 'system/Task.rs?owner=Organization/khl openid' }),
    );
    expect(await verifierWith().authenticate(bearing(token))).toEqual({
      client: 'practice',
      role: 'practice',
      organisation: 'worth-valley-practice',
      user: 'person-7',
      issuedAt: seconds(),
      scopes: ['system/Task.rs?owner=Organization/khl', 'openid'],
      audience: ['worth-valley-practice', 'public', 'Task?owner=Organization/khl'],
    });
  });

  it('may be of any issuer: its claims stand where its configuration says, or are the same for all', async () => {
    const verifier = verifierWith({
      claims: { client: 'azp', role: '/realm/roles', user: 'sub' },
      organisation: 'modality-airedale',
      clientPrefix: 'hospital:',
    });
    const said = claims({ azp: 'portal', role: undefined, realm: { roles: ['guest', 'provider'] } });
    const token = await issuer.token(key, said, { typ: 'JWT' });
    expect(await verifier.authenticate(bearing(token))).toMatchObject({
      client: 'hospital:portal',
      role: 'provider',
      organisation: 'modality-airedale',
      user: 'practice',
    });
  });

  it.each<[string, object]>([
    ['another issuer', { iss: 'https://elsewhere.example' }],
    ['another audience', { aud: 'https://ginnel.example/fhir/' }],
    ['no audience', { aud: undefined }],
    ['a time that is over', { iat: 1_000, exp: 1_300 }],
    ['no end', { exp: undefined }],
    ['no beginning', { iat: undefined }],
    ['a beginning in the future', { iat: Math.floor(Date.now() / 1000) + 3_600 }],
    ['a time that has not come', { nbf: Math.floor(Date.now() / 1000) + 3_600 }],
    ['no role', { role: undefined }],
    ['an invented role', { role: 'owner' }],
    ['two roles', { role: ['practice', 'provider'] }],
    ['no organisation', { organisation: undefined }],
    ['an organisation that is everybody', { organisation: '*' }],
    ['an organisation that is the public', { organisation: 'public' }],
    ['an organisation with a label', { organisation: 'khl#V' }],
    ['a client that is no name', { client_id: 'a b' }],
    ['a binding that is not known', { cnf: { jkt: 'x' } }],
  ])('is refused with %s, and nobody is told why', async (_title, wrong) => {
    const token = await issuer.token(key, claims(wrong));
    const error: unknown = await verifierWith()
      .authenticate(bearing(token))
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Bearer realm="Ginnel", error="invalid_token"' },
      issues: [
        {
          code: 'login',
          diagnostics:
            'This token does not open anything here: it has ended, or is not meant for this server. Get a new one.',
        },
      ],
    });
  });

  it('is refused when its issuer only begins like a trusted one', async () => {
    const token = await issuer.token(key, claims({ iss: `${issuer.issuer}.attacker.example` }));
    expect(await verdict(verifierWith(), token)).toBe(401);
  });

  it('is refused without a signature, under a key of another, and with a public key taken for a shared secret', async () => {
    const unsigned = new UnsecuredJWT(claims() as JWTPayload).encode();
    const foreign = await newKey('one');
    const confused = await new SignJWT(claims() as JWTPayload)
      .setProtectedHeader({ alg: 'HS256', kid: 'one', typ: 'at+jwt' })
      .sign(base64url.decode(key.jwk.x ?? ''));
    const inHeader = await issuer.token(foreign, claims(), { kid: 'own', jwk: foreign.jwk });
    const verifier = verifierWith();
    const tokens = [unsigned, await issuer.token(foreign, claims()), confused, inHeader];
    expect(await Promise.all(tokens.map((token) => verdict(verifier, token)))).toEqual([401, 401, 401, 401]);
    expect(await verdict(verifier, await issuer.token(key, claims()))).toBe(200);
  });

  it('is refused when it is no access token, or is signed by what was not agreed on', async () => {
    expect(await verdict(verifierWith(), await issuer.token(key, claims(), { typ: 'logout+jwt' }))).toBe(401);
    expect(await verdict(verifierWith({ algorithms: ['RS256'] }), await issuer.token(key, claims()))).toBe(401);
  });

  it('ends when its time is over, although its signature was checked before', async () => {
    const verifier = verifierWith();
    const token = await issuer.token(key, claims());
    expect(await verdict(verifier, token)).toBe(200);
    clock += 290_000;
    expect(await verdict(verifier, token)).toBe(200);
    clock += 16_000;
    expect(await verdict(verifier, token)).toBe(401);
  });

  it('is checked by other means where it is no JWT', async () => {
    const bare = { client: 'old', role: 'provider', organisation: 'khl', token: 'bare-token-0001' } as const;
    const both = verifierWith({}, { others: new BearerTokens([bare]) });
    expect(await both.authenticate(bearing('bare-token-0001'))).toMatchObject({ client: 'old' });
    expect(await verdict(verifierWith(), 'bare-token-0001')).toBe(401);
    expect(await verdict(both, 'a.b.c')).toBe(401);
  });
});

describe('keys of an issuer', () => {
  it('are asked for once, and again for a key that was not known', async () => {
    const verifier = verifierWith();
    for (const jti of ['1', '2', '3'])
      expect(await verdict(verifier, await issuer.token(key, claims({ jti })))).toBe(200);
    expect(issuer.asked).toEqual(['/auth/.well-known/openid-configuration', '/auth/jwks']);
    clock += 60_000;
    issuer.published = [key.jwk, nextKey.jwk];
    const both = await Promise.all([nextKey, key, nextKey].map((one) => issuer.token(one, claims())));
    expect(await Promise.all(both.map((token) => verdict(verifier, token)))).toEqual([200, 200, 200]);
    expect(issuer.asked).toHaveLength(3);
  });

  it('are not asked for again and again for names that somebody invented', async () => {
    const verifier = verifierWith();
    for (const kid of ['a', 'b', 'c', 'd']) {
      expect(await verdict(verifier, await issuer.token(key, claims(), { kid }))).toBe(401);
    }
    expect(issuer.asked.filter((path) => path === '/auth/jwks')).toHaveLength(1);
  });

  it('that cannot be had make the answer 503: the token may be good', async () => {
    issuer.isAway = true;
    const verifier = verifierWith();
    const token = await issuer.token(key, claims());
    expect(await verdict(verifier, token)).toBe(503);
    issuer.isAway = false;
    clock += 5_000;
    expect(await verdict(verifier, token)).toBe(200);
  });

  it('count for some minutes more when they cannot be had again, and not for ever', async () => {
    const verifier = verifierWith();
    expect(await verdict(verifier, await issuer.token(key, claims()))).toBe(200);
    issuer.isAway = true;
    clock += 700_000;
    expect(await verdict(verifier, await issuer.token(key, claims()))).toBe(200);
    clock += 300_000;
    expect(await verdict(verifier, await issuer.token(key, claims()))).toBe(503);
  });
});

describe('a token that is bound to a certificate', () => {
  const certificate = Buffer.from('the bytes of a certificate');
  const thumbprint = createHash('sha256').update(certificate).digest('base64url');
  const shown = { 'client-cert': `:${certificate.toString('base64')}:` };
  const bound = (): Promise<string> => issuer.token(key, claims({ cnf: { 'x5t#S256': thumbprint } }));

  it('opens with the certificate that the edge was shown', async () => {
    const verifier = verifierWith({}, { clientCertificates: true });
    expect(await verdict(verifier, await bound(), shown)).toBe(200);
  });

  it.each([
    ['no certificate', {}],
    ['another one', { 'client-cert': `:${Buffer.from('another').toString('base64')}:` }],
    ['two of them', { 'client-cert': `${shown['client-cert']}, ${shown['client-cert']}` }],
    ['an empty one', { 'client-cert': '::' }],
  ])('opens nothing with %s, also after it was good once', async (_title, headers) => {
    const verifier = verifierWith({}, { clientCertificates: true });
    const token = await bound();
    expect(await verdict(verifier, token, shown)).toBe(200);
    expect(await verdict(verifier, token, headers)).toBe(401);
  });

  it('opens nothing where no edge vouches for the header: anybody could send it', async () => {
    expect(await verdict(verifierWith(), await bound(), shown)).toBe(401);
  });
});

describe('issuers that are configured', () => {
  it.each([
    [undefined, 'hospital:', 'hospital:system'],
    ['a:', 'a:b:', 'b:system'],
  ])('have no client that looks like another one’s (%s, %s)', async (clientPrefix, others, client) => {
    const own = { issuer: issuer.issuer, audience: base, ...(clientPrefix === undefined ? {} : { clientPrefix }) };
    const other = { issuer: 'https://b.example', audience: base, clientPrefix: others };
    const verifier = new TokenVerifier({ issuers: [own, other], now: () => new Date(clock) });
    expect(await verdict(verifier, await issuer.token(key, claims({ client_id: client })))).toBe(401);
    expect(await verdict(verifier, await issuer.token(key, claims({ client_id: 'system' })))).toBe(200);
  });

  it.each<[string, Partial<TrustedIssuer>[]]>([
    ['a shared secret for signatures', [{ algorithms: ['HS256'] }]],
    ['no signatures', [{ algorithms: ['none'] }]],
    ['one twice', [{}, { clientPrefix: 'b:' }]],
    ['two whose clients look alike', [{}, { issuer: 'https://b.example' }]],
  ])('must not have %s', (_title, wrong) => {
    const issuers = wrong.map((one) => ({ issuer: 'https://a.example', audience: base, ...one }));
    expect(() => new TokenVerifier({ issuers })).toThrow(/^(Tokens of|One issuer|Of several)/);
  });
});
