import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey, type LocalJWKSet } from 'jose';
import { fetchJson } from './fetch-json.js';
import { Kept } from './kept.js';

/** A key that was taken back by its issuer is believed no longer than this. */
const keeping = { freshMs: 300_000, waitMs: 600_000, mostMs: 900_000, pauseMs: 5_000 };

/**
 * The public keys of an issuer. One that is not known yet is looked for at once, so that a rotation fails no request; who
 * sends invented names of keys makes us ask only now and then. https://www.rfc-editor.org/rfc/rfc7517#section-5
 */
export class KeySet {
  readonly #keys: Kept<LocalJWKSet>;

  constructor(uri: () => Promise<string>, now: () => number) {
    const fetch = async (): Promise<{ value: LocalJWKSet }> => {
      const jwks = await fetchJson(await uri());
      return { value: createLocalJWKSet(jwks as unknown as JSONWebKeySet) };
    };
    this.#keys = new Kept(fetch, { ...keeping, now });
  }

  readonly keyFor: JWTVerifyGetKey = async (header, token) => {
    const keys = await this.#keys.get();
    try {
      return await keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.#keys.again();
      const latest = await this.#keys.get();
      if (latest === keys) throw error;
      return latest(header, token);
    }
  };
}
