import { askToken } from './ask-token.js';
import { privateKeyIn } from './ready-clients.js';

/** Gives the token of a client, or a promise of it. */
export interface TokenSource {
  get: (client: string) => string | undefined | Promise<string>;
}

interface Held {
  token: Promise<string>;
  /** By performance.now(). */
  ends: number;
}

/** A token is asked for anew this long before it ends. */
const aheadMs = 60_000;

/** The tokens of the ready clients, each renewed before it ends. */
export class KeptTokens implements TokenSource {
  readonly #held = new Map<string, Held>();

  constructor(private readonly options: { origin: string; dataFolder: string }) {}

  get(client: string): Promise<string> {
    const held = this.#held.get(client);
    if (held && performance.now() < held.ends - aheadMs) return held.token;
    const asked: Held = { token: Promise.resolve(''), ends: Infinity };
    asked.token = this.#ask(client, asked);
    this.#held.set(client, asked);
    // One that could not be had is asked for again.
    asked.token.catch(() => this.#held.delete(client));
    return asked.token;
  }

  async #ask(client: string, held: Held): Promise<string> {
    const { origin, dataFolder } = this.options;
    const key = privateKeyIn(dataFolder, client);
    if (!key) throw new Error(`There is no key of a client ${client} here.`);
    const begun = performance.now();
    const { access_token: token, expires_in: seconds } = await askToken({ origin, client, key, scope: usualScope });
    held.ends = begun + seconds * 1_000;
    return token;
  }
}

/** What the ready clients ask for, unless told: all that their roles may do. */
export const usualScope = 'system/*.cruds https://ginnel.org.uk/fhir/scope/process-message';
