import {
  askToken,
  claimsOf,
  type IssuerWorld,
  type KeyPair,
  keyPair,
  signed,
  startIssuerWorld,
  type Told,
} from './issuer-world.js';

/** An issuer that knows a client of three keys, and another one. */
export interface SmartWorld extends IssuerWorld {
  ec: KeyPair;
  rsa: KeyPair;
  rsa512: KeyPair;
  register: (id: string, keys: readonly KeyPair[], more?: object) => Promise<unknown>;
  /** A token for the first client: its assertion, signed by the key `ec`, with what a test changes. */
  ask: (changes?: Record<string, unknown>, header?: object, form?: Record<string, string | undefined>) => Promise<Told>;
}

export async function startSmartWorld(): Promise<SmartWorld> {
  const world = await startIssuerWorld();
  const [ec, rsa, rsa512] = await Promise.all([
    keyPair('ES384', 'ec'),
    keyPair('RS384', 'rsa'),
    keyPair('RS512', 'rsa512'),
  ]);
  const register = (id: string, keys: readonly KeyPair[], more: object = {}): Promise<unknown> =>
    world.first.issuer.register.execute({
      id,
      role: 'provider',
      organisation: 'keighley-healthy-living',
      jwks: JSON.stringify({ keys: keys.map(({ publicKey }) => publicKey) }),
      ...more,
    });
  await register('one', [ec, rsa, rsa512], { scope: 'system/Task.cruds system/Patient.rs' });
  await register('other', [await keyPair('ES384', 'ec')]);
  const ask: SmartWorld['ask'] = async (changes = {}, header = {}, form = {}) =>
    askToken(world.first, await signed(claimsOf('one', changes), ec.privateKey, header), { form });
  return { ...world, ec, rsa, rsa512, register, ask };
}

/** 401 invalid_client, with words that say why, and nothing to be stored. */
export function expectRefused({ status, headers, body }: Told, words: RegExp): void {
  expect({ status, error: body['error'] }).toEqual({ status: 401, error: 'invalid_client' });
  expect(body['error_description']).toMatch(words);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(body['access_token']).toBeUndefined();
}
