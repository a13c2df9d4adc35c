import { fetchJson } from './fetch-json.js';
import { Kept } from './kept.js';

/** What an issuer has taken back: tokens one by one, and all that a client got until some moment. */
export interface RevocationList {
  clients: ReadonlyMap<string, { before: number; suspended: boolean }>;
  tokens: ReadonlySet<string>;
}

export interface RevocableToken {
  /** As the issuer calls it. */
  client: string;
  jti: string;
  /** Seconds since 1970. */
  issuedAt: number;
}

/** Lists are at most 20 seconds old, and not believed after 60: what is revoked ends within a minute, whatever happens. */
const keeping = { freshMs: 10_000, waitMs: 20_000, mostMs: 60_000, pauseMs: 2_000 };

/** `{asOf, clients: [{client, before, suspended}], tokens: [{jti}]}` of an issuer. */
export class Revocations {
  readonly #list: Kept<RevocationList>;

  constructor(uri: string, now: () => number) {
    const fetch = async (): Promise<{ value: RevocationList; asOf?: number }> => {
      const answer = await fetchJson(uri);
      return { value: listIn(answer), asOf: 1000 * secondsIn(answer['asOf']) };
    };
    this.#list = new Kept(fetch, { ...keeping, now });
  }

  /** 503 where the list cannot be had. */
  async isRevoked({ client, jti, issuedAt }: RevocableToken): Promise<boolean> {
    const { clients, tokens } = await this.#list.get();
    return tokens.has(jti) || issuedAt <= (clients.get(client)?.before ?? -Infinity);
  }

  async isSuspended(client: string): Promise<boolean> {
    return (await this.#list.get()).clients.get(client)?.suspended === true;
  }
}

function listIn({ clients, tokens }: Readonly<Record<string, unknown>>): RevocationList {
  if (!Array.isArray(clients) || !Array.isArray(tokens)) throw new Error('This is no list of revocations.');
  return {
    clients: new Map(clients.map((entry: Record<string, unknown>) => [textIn(entry['client']), endOf(entry)])),
    tokens: new Set(tokens.map((entry: Record<string, unknown>) => textIn(entry['jti']))),
  };
}

function endOf({ before, suspended }: Record<string, unknown>): { before: number; suspended: boolean } {
  return { before: secondsIn(before), suspended: suspended === true };
}

/** Seconds since 1970, or a time in words. What is neither must not be taken for "nothing was revoked". */
function secondsIn(value: unknown): number {
  const seconds = typeof value === 'string' ? Date.parse(value) / 1000 : value;
  if (typeof seconds === 'number' && Number.isFinite(seconds)) return seconds;
  throw new Error('A time is missing in the list of revocations.');
}

function textIn(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new Error('A name is missing in the list of revocations.');
}
