import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { authenticatorFor } from './authentication.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ginnel-authentication-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function fileOf(content: unknown): string {
  const file = join(folder, 'list.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

describe('whom a service believes', () => {
  const bare = { client: 'old', role: 'provider', organisation: 'khl', token: 'a-bare-token-of-old-1' };

  it('is nobody unless told', async () => {
    const asked = authenticatorFor({}).authenticate({ authorization: `Bearer ${bare.token}` });
    await expect(asked).rejects.toMatchObject({ status: 401 });
  });

  it('is a bare token where a file of them is named', async () => {
    const authenticator = authenticatorFor({ GINNEL_CLIENTS_FILE: fileOf([bare]) });
    const caller = await authenticator.authenticate({ authorization: `Bearer ${bare.token}` });
    expect(caller).toEqual({ client: 'old', role: 'provider', organisation: 'khl', audience: ['khl', 'public'] });
  });

  it.each([
    ['no JSON', 'GINNEL_ISSUERS_FILE', '{', /it cannot be read as JSON/],
    ['no issuer', 'GINNEL_ISSUERS_FILE', [{ audience: 'x' }], /0\.issuer \(/],
    [
      'a misspelt word',
      'GINNEL_ISSUERS_FILE',
      [{ issuer: 'https://a.example', audience: 'x', revocationUri: 'y' }],
      /unrec/,
    ],
    [
      'a shared secret',
      'GINNEL_ISSUERS_FILE',
      [{ issuer: 'https://a.example', audience: 'x', algorithms: ['HS256'] }],
      /asymm/,
    ],
    ['a short token', 'GINNEL_CLIENTS_FILE', [{ ...bare, token: 'short' }], /0\.token \(too_small\)/],
  ])('cannot be said with %s: the start stops, and no value is quoted', (_title, variable, content, said) => {
    const start = (): unknown => authenticatorFor({ [variable]: fileOf(content) });
    expect(start).toThrow(said);
    expect(start).not.toThrow(/short"|HS256/);
  });
});
