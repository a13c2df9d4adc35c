import type { JWK } from 'jose';
import { AssertionRefused } from '../assertions/assertion-refused.js';
import type { RegisteredClient } from './client.js';
import { fetchKeySet, type FetchKeySetOptions } from './fetch-key-set.js';
import { keySetIn } from './key-set.js';

interface Held {
  keys: readonly JWK[];
  at: number;
  freshMs: number;
}

/** A client that has just changed its keys asks before the old set has ended; it may not make us ask at every request. */
const soonestAgainMs = 10_000;
const mostSets = 1_000;

/** The public keys of clients: those of registration, or what lies now at the address that was registered. */
export class ClientKeys {
  readonly #held = new Map<string, Held>();
  readonly #onTheirWay = new Map<string, Promise<Held>>();

  constructor(private readonly options: FetchKeySetOptions) {}

  /** The one key of this kid and kind; throws AssertionRefused where there is none, or more than one. */
  async find(client: RegisteredClient, wanted: { kid: string; kty: string }): Promise<JWK> {
    const { jwks, jwksUri } = client;
    if (jwksUri === undefined) {
      if (!jwks || jwks.keys.length === 0) throw new AssertionRefused('no-keys');
      return only(jwks.keys, wanted);
    }
    const held = this.#fresh(jwksUri) ?? (await this.#fetch(jwksUri));
    const isNew = !held.keys.some(({ kid }) => kid === wanted.kid);
    const again = isNew && performance.now() - held.at > soonestAgainMs ? await this.#fetch(jwksUri) : held;
    return only(again.keys, wanted);
  }

  #fresh(url: string): Held | undefined {
    const held = this.#held.get(url);
    return held && performance.now() - held.at < held.freshMs ? held : undefined;
  }

  /** Those who ask together wait for one answer. */
  #fetch(url: string): Promise<Held> {
    const running = this.#onTheirWay.get(url);
    if (running) return running;
    const begun = this.#ask(url).finally(() => this.#onTheirWay.delete(url));
    this.#onTheirWay.set(url, begun);
    return begun;
  }

  async #ask(url: string): Promise<Held> {
    try {
      const { text, freshMs } = await fetchKeySet(url, this.options);
      const held = { keys: keySetIn(text), at: performance.now(), freshMs };
      if (this.#held.size >= mostSets) this.#held.clear();
      this.#held.set(url, held);
      return held;
    } catch (cause) {
      throw new AssertionRefused('keys-unreachable', { cause });
    }
  }
}

function only(keys: readonly JWK[], { kid, kty }: { kid: string; kty: string }): JWK {
  const [key, ...more] = keys.filter((one) => one.kid === kid);
  if (!key || more.length > 0 || key.kty !== kty) throw new AssertionRefused('unknown-key');
  return key;
}
