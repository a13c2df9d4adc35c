import { FhirError, everyone } from '#fhir';
import { BearerTokens, OpenSandbox, type TokenClient } from './index.js';

const practice: TokenClient = {
  client: 'gp-practice',
  role: 'practice',
  organisation: 'bradford-moor-practice',
  token: 'practice-token-0001',
};
const provider: TokenClient = {
  client: 'provider',
  role: 'provider',
  organisation: 'keighley-healthy-living',
  token: 'provider-token-0001',
};
const tokens = new BearerTokens([practice, provider]);
const caller = {
  client: 'provider',
  role: 'provider',
  organisation: 'keighley-healthy-living',
  audience: ['keighley-healthy-living', 'public'],
};

function refusal(error: unknown): { status: number; headers: Readonly<Record<string, string>>; diagnostics?: string } {
  if (!(error instanceof FhirError)) throw error;
  const { status, headers, issues } = error;
  return { status, headers, diagnostics: issues[0]?.diagnostics ?? '' };
}

describe('bearer tokens', () => {
  it('recognises the client of a token and lets it read as its organisation and the public', async () => {
    expect(await tokens.authenticate({ authorization: 'Bearer provider-token-0001' })).toEqual(caller);
    expect(await tokens.authenticate({ authorization: 'bearer  provider-token-0001' })).toEqual(caller);
  });

  it.each([
    ['no Authorization', {}, 'This needs a token: Authorization: Bearer, a space, the token.'],
    ['an unknown token', { authorization: 'Bearer provider-token-0002' }, 'This token is not known here.'],
    ['a part of a token', { authorization: 'Bearer provider-token' }, 'This token is not known here.'],
    ['a password', { authorization: 'Basic YTpi' }, 'The Authorization header must be: Bearer, a space, the token.'],
    ['an empty token', { authorization: 'Bearer ' }, 'The Authorization header must be: Bearer, a space, the token.'],
    [
      'two tokens',
      { authorization: 'Bearer provider-token-0001, Bearer x' },
      'The Authorization header must be: Bearer, a space, the token.',
    ],
  ])('refuses %s with 401 and says how to authenticate', async (_title, headers, diagnostics) => {
    const error: unknown = await tokens.authenticate(headers).catch((reason: unknown) => reason);
    expect(refusal(error)).toEqual({
      status: 401,
      headers: { 'www-authenticate': 'Bearer realm="Ginnel"' },
      diagnostics,
    });
  });

  it.each([
    ['two clients with one token', [practice, { ...provider, token: practice.token }]],
    ['an empty token', [{ ...practice, token: '' }]],
    ['an organisation that would see everything', [{ ...practice, organisation: '*' }]],
    ['an organisation that is two', [{ ...practice, organisation: 'a,b' }]],
    ['an organisation that is everybody', [{ ...practice, organisation: 'public' }]],
  ])('refuses to start with %s, without telling a token', (_title, clients) => {
    const start = (): BearerTokens => new BearerTokens(clients);
    expect(start).toThrow(/^(Two clients have the same token|The (token|organisation) of client gp-practice)/);
    expect(start).not.toThrow(/practice-token-0001/);
  });
});

describe('an open sandbox', () => {
  const sandbox = new OpenSandbox({ host: '127.0.0.1', tokens });

  it.each(['localhost:3000', '127.0.0.1:3000', '[::1]:3000', 'localhost'])(
    'takes a caller without a token on %s for an all-seeing integrator',
    async (host) => {
      expect(await sandbox.authenticate({ host })).toEqual({
        client: 'sandbox',
        role: 'integrator',
        audience: everyone,
      });
    },
  );

  it('honours a token that is given, and refuses a wrong one', async () => {
    const host = 'localhost:3000';
    expect(await sandbox.authenticate({ host, authorization: 'Bearer provider-token-0001' })).toEqual(caller);
    await expect(sandbox.authenticate({ host, authorization: 'Bearer wrong' })).rejects.toMatchObject({ status: 401 });
    await expect(sandbox.authenticate({ host, authorization: '' })).rejects.toMatchObject({ status: 401 });
  });

  it.each(['ginnel.example:3000', '127.0.0.1.evil.example', '10.0.0.1:3000', ''])(
    'refuses a page that reaches it under the name "%s"',
    async (host) => {
      await expect(sandbox.authenticate({ host })).rejects.toMatchObject({ status: 401 });
    },
  );

  it('refuses to start on an address that others can reach', () => {
    expect(() => new OpenSandbox({ host: '0.0.0.0', tokens })).toThrow('loopback');
    expect(() => new OpenSandbox({ host: '192.168.1.4', tokens })).toThrow('loopback');
  });
});
