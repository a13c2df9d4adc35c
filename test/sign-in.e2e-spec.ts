import { createHash, randomBytes } from 'node:crypto';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { Browser } from './browser.js';
import { audience, type IssuerWorld, origin, post, startIssuerWorld, type Told } from './issuer-world.js';

const redirectUri = 'https://console.ginnel.test/callback';
const password = 'a long enough password';

describe('signing in (authorization code with PKCE)', () => {
  let world: IssuerWorld;
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');

  beforeAll(async () => {
    world = await startIssuerWorld();
    const { register, people } = world.first.issuer;
    await register.execute({ id: 'console', redirectUris: [redirectUri], scope: 'user/Task.cruds user/Patient.rs' });
    for (const name of ['Ada', 'Bea', 'Cid', 'Dot'])
      await people.add({
        name,
        role: 'link-worker',
        organisation: 'modality-airedale',
        fhirUser: 'Practitioner/ada',
        password,
      });
  });
  afterAll(() => world.stop());

  const authorizePath = (changes: Record<string, string | undefined> = {}): string => {
    const usual: Record<string, string | undefined> = {
      client_id: 'console',
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: 'openid fhirUser user/Task.rs user/Observation.rs',
      state: 'a state',
      nonce: 'a nonce',
      code_challenge: challenge,
      code_challenge_method: 'S256',
      ...changes,
    };
    const sent = Object.entries(usual).filter((pair): pair is [string, string] => pair[1] !== undefined);
    return `/auth/authorize?${new URLSearchParams(sent).toString()}`;
  };
  const pathOf = ({ headers }: Told): string => (headers.get('location') ?? '').replace(origin, '');
  const begin = async (browser: Browser): Promise<string> => pathOf(await browser.get(authorizePath()));
  async function codeFor(name: string, browser = new Browser(world.first.url)): Promise<string> {
    const signedIn = await browser.post(await begin(browser), { name, password });
    const back = new URL(pathOf(await browser.get(pathOf(signedIn))));
    expect(back.origin + back.pathname).toBe(redirectUri);
    expect(back.searchParams.get('state')).toBe('a state');
    expect(back.searchParams.get('iss')).toBe(`${origin}/auth`);
    return back.searchParams.get('code') ?? '';
  }
  const exchange = (code: string, changes: Record<string, string> = {}, at = world.first.url): Promise<Told> =>
    post(
      `${at}/auth/token`,
      new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: 'console',
        redirect_uri: redirectUri,
        code,
        code_verifier: verifier,
        ...changes,
      }),
    );

  it('leads to a page, back with a code, and from the code to a token that says who it is', async () => {
    const told = await exchange(await codeFor('Ada'));
    expect(told.body).toEqual({
      access_token: expect.any(String) as string,
      id_token: expect.any(String) as string,
      token_type: 'Bearer',
      expires_in: 300,
      scope: 'user/Task.rs',
    });
    expect(told.headers.get('cache-control')).toBe('no-store');
    const keys = createRemoteJWKSet(new URL(`${world.first.url}/auth/jwks`));
    const { payload } = await jwtVerify(String(told.body['access_token']), keys, { typ: 'at+jwt' });
    const person = await world.first.issuer.people.findByName('ada');
    expect(payload).toMatchObject({
      iss: `${origin}/auth`,
      aud: [audience],
      sub: person?.id,
      user: person?.id,
      client_id: 'console',
      scope: 'user/Task.rs',
      role: 'link-worker',
      organisation: 'modality-airedale',
    });
    expect(JSON.stringify(payload)).not.toMatch(/ada/i);
    const identity = await jwtVerify(String(told.body['id_token']), keys, { audience: 'console' });
    expect(identity.payload).toMatchObject({ sub: person?.id, fhirUser: 'Practitioner/ada', nonce: 'a nonce' });
  });

  it('can be gone on with at another process, and a second time without a password', async () => {
    const another = await world.another();
    const browser = new Browser(world.first.url);
    expect((await exchange(await codeFor('Ada', browser), {}, another.url)).status).toBe(200);
    const again = await browser.get(authorizePath());
    expect(new URL(pathOf(again)).searchParams.get('code')).toEqual(expect.any(String));
  });

  it('gives for a code no more than the page is registered for by then', async () => {
    const page = { id: 'console', redirectUris: [redirectUri], replace: true };
    const code = await codeFor('Dot');
    await world.first.issuer.register.execute({ ...page, scope: 'user/Patient.rs' });
    const { body } = await exchange(code);
    await world.first.issuer.register.execute({ ...page, scope: 'user/Task.cruds user/Patient.rs' });
    expect(JSON.stringify(body)).not.toContain('user/Task');
  });

  it('takes a code once, for the page and the verifier that it was made for', async () => {
    const code = await codeFor('Ada');
    expect((await exchange(code)).status).toBe(200);
    expect((await exchange(code)).body).toMatchObject({ error: 'invalid_grant' });
    const wrong = { code_verifier: randomBytes(32).toString('base64url') };
    expect((await exchange(await codeFor('Ada'), wrong)).body).toMatchObject({ error: 'invalid_grant' });
    const elsewhere = { redirect_uri: `${redirectUri}/elsewhere` };
    expect((await exchange(await codeFor('Ada'), elsewhere)).body).toMatchObject({ error: 'invalid_grant' });
  });

  it('gives a code to one of many that bring it at once', async () => {
    const code = await codeFor('Ada');
    const answers = await Promise.all(Array.from({ length: 8 }, () => exchange(code)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status >= 500)).toHaveLength(0);
  });

  it.each([
    ['without PKCE', { code_challenge: undefined, code_challenge_method: undefined }],
    ['with the plain method of PKCE', { code_challenge_method: 'plain' }],
    ['without a method of PKCE', { code_challenge_method: undefined }],
    ['for a token instead of a code', { response_type: 'token' }],
  ])('is refused %s', async (_title, changes) => {
    const back = new URL(pathOf(await new Browser(world.first.url).get(authorizePath(changes))));
    const told = new URLSearchParams(back.search === '' ? back.hash.slice(1) : back.search);
    expect(told.get('error')).toMatch(/^(invalid_request|unsupported_response_type)$/);
    expect(told.get('code')).toBeNull();
  });

  it.each([
    ['https://evil.example/callback'],
    [`${redirectUri}/more`],
    [`${redirectUri}?more`],
    ['https://console.ginnel.test.evil.example/callback'],
    [undefined],
  ])('leads to no other address than the registered one: %s', async (other) => {
    const answer = await new Browser(world.first.url).get(authorizePath({ redirect_uri: other }));
    expect(answer.status).toBe(400);
    expect(answer.headers.get('location')).toBeNull();
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('says the same of a wrong password and of somebody who is not there', async () => {
    const browser = new Browser(world.first.url);
    const path = await begin(browser);
    const wrong = await browser.post(path, { name: 'Bea', password: 'not the password' });
    const nobody = await browser.post(path, { name: 'Nobody', password: 'not the password' });
    expect([wrong.status, nobody.status]).toEqual([401, 401]);
    expect(wrong.body).toEqual(nobody.body);
  });

  it('bounds the attempts at one name, those of somebody who is not there too, also when all come at once', async () => {
    for (const name of ['Cid', 'Nobody at all']) {
      const browser = new Browser(world.first.url);
      const path = await begin(browser);
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => browser.post(path, { name, password: 'not the password' })),
      );
      expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
      expect(answers.filter(({ status }) => status === 429)).toHaveLength(3);
    }
    const browser = new Browser(world.first.url);
    expect((await browser.post(await begin(browser), { name: 'cid', password })).status).toBe(429);
  });

  it('takes a form from its own page alone, in the browser that began', async () => {
    const browser = new Browser(world.first.url);
    const path = await begin(browser);
    const form = { name: 'Dot', password };
    expect((await browser.post(path, form, { origin: 'https://evil.example' })).status).toBe(400);
    expect((await browser.post(path, form, { 'sec-fetch-site': 'cross-site' })).status).toBe(400);
    expect((await new Browser(world.first.url).post(path, form)).status).toBe(400);
    expect((await browser.post(path, form)).status).toBe(303);
  });

  it('gives nothing to somebody who was removed, and nothing to a page that is suspended', async () => {
    const code = await codeFor('Dot');
    await world.first.issuer.people.remove('Dot');
    expect((await exchange(code)).body).toMatchObject({ error: 'invalid_grant' });
    const later = await codeFor('Ada');
    await world.first.issuer.clients.suspend('console');
    expect((await exchange(later)).status).toBe(401);
    await world.first.issuer.clients.resume('console');
  });

  it('shows its page under a policy that lets it load nothing and be framed by nobody', async () => {
    const browser = new Browser(world.first.url);
    const { headers, body } = await browser.get(await begin(browser));
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self' https:\/\/console\.ginnel\.test; frame-ancestors 'none'; base-uri 'none'$/,
    );
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body['text']).not.toContain('<script');
  });

  it('ends when its person signs out, by a form of its own page', async () => {
    const browser = new Browser(world.first.url);
    await codeFor('Ada', browser);
    // Signed in: no page stands before the code.
    expect(pathOf(await browser.get(authorizePath()))).toContain('code=');
    const { headers, body } = await browser.get('/auth/sign-out');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(body['text']).toContain('Sign out</button>');
    const guessed = await browser.post('/auth/sign-out/confirm', { xsrf: 'guessed', logout: 'yes' });
    expect(guessed.status).toBe(400);
    expect(pathOf(await browser.get(authorizePath()))).toContain('code=');
    const shown = String((await browser.get('/auth/sign-out')).body['text']);
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(shown)?.[1] ?? '';
    const done = await browser.post('/auth/sign-out/confirm', { xsrf, logout: 'yes' });
    expect([done.status, pathOf(done)]).toEqual([303, '/auth/sign-out/success']);
    expect((await browser.get(pathOf(done))).body['text']).toContain('You are signed out');
    expect(pathOf(await browser.get(authorizePath()))).toContain('/auth/sign-in/');
    const elsewhere = await browser.get(
      `/auth/sign-out?client_id=console&post_logout_redirect_uri=${encodeURIComponent('https://evil.example/')}`,
    );
    expect([elsewhere.status, elsewhere.headers.get('location')]).toEqual([400, null]);
  });

  it('holds pages of the provider itself to a policy too', async () => {
    const unsigned = await new Browser(world.first.url).get('/auth/sign-out');
    const posted = await new Browser(world.first.url).get(
      authorizePath({ response_mode: 'form_post', prompt: 'none' }),
    );
    for (const { headers } of [unsigned, posted]) {
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; ?script-src 'sha256-[^']+'; ?frame-ancestors 'none'/,
      );
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it('sets cookies that no script reads, that no other site sends and that go by https alone', async () => {
    const answer = await new Browser(world.first.url).get(authorizePath());
    const cookies = answer.headers.getSetCookie();
    expect(cookies.length).toBeGreaterThan(0);
    for (const cookie of cookies) {
      expect(cookie).toMatch(/; httponly/i);
      expect(cookie).toMatch(/; secure/i);
      expect(cookie).toMatch(/; samesite=(lax|strict)/i);
    }
  });

  describe('to register a client (of a sandbox)', () => {
    const address = '/auth/register';
    const tokenIn = ({ body }: Told): string => /name="token" value="([^"]+)"/.exec(String(body['text']))?.[1] ?? '';
    const registration = {
      client: 'by-page',
      role: 'provider',
      organisation: 'project-6',
      scope: '',
      jwks: '',
      certificate: '',
    };

    beforeAll(async () => {
      const { people } = world.first.issuer;
      await people.add({ name: 'operator', role: 'operator', organisation: 'aire-and-wharfe-ics', password });
    });

    it('shows the private key once, to an operator who signed in', async () => {
      const browser = new Browser(world.first.url);
      expect((await browser.post(address, { name: 'operator', password })).status).toBe(303);
      const token = tokenIn(await browser.get(address));
      const { status, body } = await browser.post(address, { ...registration, token });
      expect(status).toBe(201);
      expect(body['text']).toContain('&#34;d&#34;');
      expect(await world.first.issuer.clients.find('by-page')).toMatchObject({
        role: 'provider',
        organisation: 'project-6',
      });
      const again = await browser.post(address, { ...registration, role: '"><script>', token });
      expect(again.status).toBe(422);
      expect(again.body['text']).not.toContain('<script');
    });

    it('refuses whoever is no operator, has not signed in or brings a form of elsewhere', async () => {
      const browser = new Browser(world.first.url);
      const form = { ...registration, client: 'uninvited' };
      expect((await browser.post(address, { name: 'Ada', password })).status).toBe(403);
      expect((await browser.post(address, { ...form, token: 'x' })).status).toBe(401);
      expect((await browser.post(address, { name: 'operator', password })).status).toBe(303);
      const token = tokenIn(await browser.get(address));
      expect((await browser.post(address, { ...form, token: '' })).status).toBe(401);
      expect((await browser.post(address, { ...form, token }, { origin: 'null' })).status).toBe(403);
      expect((await new Browser(world.first.url).post(address, { ...form, token })).status).toBe(401);
      expect(await world.first.issuer.clients.find('uninvited')).toBeUndefined();
    });
  });
});
