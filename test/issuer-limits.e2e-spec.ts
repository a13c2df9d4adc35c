import {
  askToken,
  claimsOf,
  type IssuerWorld,
  type KeyPair,
  keyPair,
  nhsTokenUrl,
  origin,
  post,
  signed,
  startIssuerWorld,
  type Told,
} from './issuer-world.js';

const limits = { tokens: 3, refused: 4, pages: 5, inFlight: 50 };

describe('what callers may ask of the issuer', () => {
  let world: IssuerWorld;
  let key: KeyPair;

  beforeAll(async () => {
    world = await startIssuerWorld({ limits });
    key = await keyPair('ES384', 'k');
    const jwks = JSON.stringify({ keys: [key.publicKey] });
    for (const id of ['greedy', 'modest'])
      await world.first.issuer.register.execute({ id, role: 'practice', organisation: 'worth-valley-practice', jwks });
  });
  afterAll(() => world.stop());

  const tokenOf = async (client: string, at = world.first): Promise<Told> =>
    askToken(at, await signed(claimsOf(client), key.privateKey));

  it('is some tokens of each client: then 429 with the time to wait, and the others get theirs', async () => {
    const answers = [];
    for (let asked = 0; asked <= limits.tokens; asked += 1) answers.push(await tokenOf('greedy'));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(answers[0]?.headers.get('ratelimit')).toMatch(/^"client";r=2;t=\d+$/);
    const { headers, body } = answers.at(-1) ?? {};
    expect(Number(headers?.get('retry-after'))).toBeGreaterThan(0);
    expect(body).toMatchObject({ error: 'temporarily_unavailable' });
    expect((await tokenOf('modest')).status).toBe(200);
  });

  it.each([
    ['/auth/token', 'client_assertion=x'],
    ['/oauth2/token', 'client_assertion=x'],
    ['/auth/revoke', 'token=x'],
    ['/auth/token', 'grant_type=authorization_code&client_id=nobody&code=x'],
  ])(
    'is some refusals of each address at %s (%s): then it is not listened to, whatever it brings',
    async (path, form) => {
      const at = await world.another();
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const refused = [];
      for (let asked = 0; asked <= limits.refused; asked += 1)
        refused.push(await post(`${at.url}${path}`, form, headers));
      const statuses = refused.map(({ status }) => status);
      expect(statuses.slice(0, -1).every((status) => status === 400 || status === 401)).toBe(true);
      expect(statuses.at(-1)).toBe(429);
      expect(Number(refused.at(-1)?.headers.get('retry-after'))).toBeGreaterThan(0);
      const good = await signed(claimsOf('modest', { aud: nhsTokenUrl }), key.privateKey);
      expect((await askToken(at, good, { path: '/oauth2/token' })).status).toBe(429);
      // Whoever checks tokens goes on.
      for (const needed of ['/auth/jwks', '/auth/revocations'])
        expect((await fetch(`${at.url}${needed}`)).status).toBe(200);
    },
  );

  it('is some pages of each address: then a page that says so', async () => {
    const at = await world.another();
    const ask = async (): Promise<Response> =>
      fetch(`${at.url}/auth/authorize?client_id=nobody`, { redirect: 'manual' });
    for (let asked = 0; asked < limits.pages; asked += 1) expect((await ask()).status).toBe(400);
    for (const path of ['/auth/authorize', '/auth/sign-in/x', '/auth/register']) {
      const answer = await fetch(`${at.url}${path}`);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([429, 'text/html; charset=utf-8']);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    }
  });

  it('is so much at once: then 503, and keys and revocations all the same', async () => {
    const at = await world.another({ limits: { ...limits, refused: 1_000, inFlight: 1 } });
    const { database } = at.issuer;
    const both: Promise<Told>[] = [];
    await database.transaction(['*'], async (tx) => {
      await tx.query({ text: 'LOCK TABLE used_assertion IN EXCLUSIVE MODE' });
      // Whichever comes second finds no place, and is answered while the first one waits.
      both.push(tokenOf('modest', at), tokenOf('modest', at));
      const { status, headers } = await Promise.race(both);
      expect([status, headers.get('retry-after')]).toEqual([503, '1']);
      expect((await fetch(`${at.url}/auth/revocations`)).status).toBe(200);
    });
    expect((await Promise.all(both)).map(({ status }) => status).sort()).toEqual([200, 503]);
  });

  it('is some passwords at once: who comes beyond them is told to come again', async () => {
    const at = await world.another({ limits: { ...limits, pages: 1_000 } });
    const own = { origin, 'sec-fetch-site': 'same-origin' };
    const attempts = Array.from({ length: 30 }, (_none, index) =>
      post(`${at.url}/auth/register`, new URLSearchParams({ name: `n${String(index)}`, password: 'x' }), own),
    );
    const statuses = (await Promise.all(attempts)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([401, 503]));
  });

  it('is fifty sign-ins of a network of IPv6, whichever of its addresses they come from', async () => {
    const { signIn } = world.first.issuer;
    const outcomes = [];
    for (let host = 1; host <= 51; host += 1) {
      const address = `2001:db8:7:7::${host.toString(16)}`;
      outcomes.push(await signIn.attempt({ name: `guess ${String(host)}`, password: 'not the password', address }));
    }
    expect(outcomes.at(-2)).toEqual({ refused: 'wrong' });
    expect(outcomes.at(-1)).toEqual({ refused: 'too many' });
  }, 60_000);
});
