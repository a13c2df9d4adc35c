import { base, claimsAt, verdict } from '../test/token.js';
import { newKey, TestIssuer, type TestKey } from '../test/test-issuer.js';
import { TokenVerifier, type TrustedIssuer } from './index.js';

const issuer = new TestIssuer();
let key: TestKey;
let nextKey: TestKey;
let clock: number;

const seconds = (): number => Math.floor(clock / 1000);
const claims = (more: object = {}): object => claimsAt(clock, issuer.issuer, more);

function verifierWith(trusted: Partial<TrustedIssuer> = {}): TokenVerifier {
  return new TokenVerifier({
    issuers: [{ issuer: issuer.issuer, audience: base, ...trusted }],
    now: () => new Date(clock),
  });
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
  issuer.revocations = { asOf: seconds(), clients: [], tokens: [] };
});

describe('a key that is no longer published', () => {
  it('ends with its issuer’s set, also for a long token that was good before', async () => {
    const verifier = verifierWith();
    const forged = await issuer.token(key, claims({ exp: seconds() + 100_000_000 }));
    expect(await verdict(verifier, forged)).toBe(200);
    issuer.published = [nextKey.jwk];
    clock += 600_000;
    expect(await verdict(verifier, await issuer.token(nextKey, claims({ jti: 'new' })))).toBe(200);
    expect(await verdict(verifier, forged)).toBe(401);
  });
});

describe('what an issuer takes back', () => {
  const withList = (): TokenVerifier => verifierWith({ revocationsUri: `${issuer.issuer}/revocations` });

  it('ends within the age of its list, token by token and client by client', async () => {
    const verifier = withList();
    const [one, two] = [await issuer.token(key, claims()), await issuer.token(key, claims({ jti: 'token-2' }))];
    expect([await verdict(verifier, one), await verdict(verifier, two)]).toEqual([200, 200]);
    clock += 20_000;
    issuer.revocations = { asOf: seconds(), clients: [], tokens: [{ jti: 'token-1', exp: seconds() + 300 }] };
    expect([await verdict(verifier, one), await verdict(verifier, two)]).toEqual([401, 200]);
    clock += 20_000;
    const before = new Date(clock).toISOString();
    issuer.revocations = { asOf: seconds(), clients: [{ client: 'practice', before, suspended: true }], tokens: [] };
    expect(await verdict(verifier, two)).toBe(401);
    expect(await verifier.issuers.isSuspended('practice')).toBe(true);
    expect(await verifier.issuers.isSuspended('provider')).toBe(false);
    const later = await issuer.token(key, claims({ iat: seconds() + 2, jti: 'token-3' }));
    // It was on its way meanwhile.
    expect(await verdict(verifier, later)).toBe(401);
    clock += 20_000;
    issuer.revocations = { asOf: seconds(), clients: [{ client: 'practice', before, suspended: false }], tokens: [] };
    expect([await verdict(verifier, two), await verdict(verifier, later)]).toEqual([401, 200]);
  });

  it('is all of a person, or of a key of its own that was dropped, also what was good a moment ago', async () => {
    const verifier = withList();
    const [theirs, other] = [claims({ user: 'person-7', jti: 'token-7' }), claims({ jti: 'token-8' })];
    const [one, two] = [await issuer.token(key, theirs), await issuer.token(key, other)];
    expect([await verdict(verifier, one), await verdict(verifier, two)]).toEqual([200, 200]);
    clock += 20_000;
    issuer.revocations = { asOf: seconds(), clients: [], tokens: [], users: [{ user: 'person-7' }] };
    expect([await verdict(verifier, one), await verdict(verifier, two)]).toEqual([401, 200]);
    clock += 20_000;
    issuer.revocations = { asOf: seconds(), clients: [], tokens: [], keys: [{ kid: 'one' }] };
    expect(await verdict(verifier, two)).toBe(401);
  });

  it('are what a client or a person could do, from that second back, for whoever asks later', async () => {
    const verifier = verifierWith({ revocationsUri: `${issuer.issuer}/revocations`, clientPrefix: 'hospital:' });
    const [before, lapsed] = [seconds(), seconds() - 5_000];
    const suspended = false;
    issuer.revocations = {
      ...{ asOf: before, tokens: [], users: [{ user: 'person-7' }] },
      clients: [
        { client: 'less', before, suspended, lapsed },
        { client: 'keys', before, suspended },
      ],
    };
    const hasLapsed = (client: string, provenAt: number, user?: string): Promise<boolean> =>
      verifier.issuers.hasLapsed({ client, provenAt, user });
    expect(await hasLapsed('hospital:less', lapsed)).toBe(true);
    expect(await hasLapsed('hospital:less', lapsed + 1)).toBe(false);
    expect(await hasLapsed('hospital:keys', 0)).toBe(false);
    expect(await hasLapsed('less', 0)).toBe(false);
    expect(await hasLapsed('hospital:page', before, 'person-7')).toBe(true);
    expect(await hasLapsed('hospital:page', before, 'person-8')).toBe(false);
  });

  it('is not known after a minute without its list: 503, and nothing is let in', async () => {
    const verifier = withList();
    const token = await issuer.token(key, claims());
    expect(await verdict(verifier, token)).toBe(200);
    issuer.isAway = true;
    clock += 55_000;
    expect(await verdict(verifier, token)).toBe(200);
    clock += 10_000;
    expect(await verdict(verifier, token)).toBe(503);
  });

  it.each([
    ['no list', {}],
    ['an old one', { asOf: 1_000, clients: [], tokens: [] }],
    ['a client without a time', { asOf: Math.floor(Date.now() / 1000), clients: [{ client: 'x' }], tokens: [] }],
  ])('is not known with %s', async (_title, list) => {
    issuer.revocations = list;
    expect(await verdict(withList(), await issuer.token(key, claims()))).toBe(503);
  });

  it('has a name, or it could not be taken back', async () => {
    expect(await verdict(withList(), await issuer.token(key, claims({ jti: undefined })))).toBe(401);
  });
});
