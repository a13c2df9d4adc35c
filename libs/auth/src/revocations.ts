import { fetchJson } from './fetch-json.js';
import { Kept } from './kept.js';

/** What an issuer has taken back: tokens one by one, and all of a client, of a person or of a key of its own. */
export interface RevocationList {
  clients: ReadonlyMap<string, RevokedClient>;
  tokens: ReadonlySet<string>;
  users: ReadonlySet<string>;
  keys: ReadonlySet<string>;
}

/** Tokens of `before` or earlier hold no more; what it proved in `lapsed` or earlier may be more than it may do now. */
interface RevokedClient {
  before: number;
  suspended: boolean;
  lapsed: number | undefined;
}

/** What somebody may do, as a token once proved it. */
export interface ProvenRights {
  client: string;
  /** The person who signed in. */
  user?: string | undefined;
  /** Seconds since 1970. */
  provenAt: number;
}

export interface RevocableToken {
  /** As the issuer calls it. */
  client: string;
  jti: string;
  /** Seconds since 1970. */
  issuedAt: number;
  /** The person who signed in. */
  user?: string | undefined;
  /** The key that signed it. */
  kid?: string | undefined;
}

/** Lists are at most 20 seconds old, and not believed after 60: what is revoked ends within a minute, whatever happens. */
const keeping = { freshMs: 10_000, waitMs: 20_000, mostMs: 60_000, pauseMs: 2_000 };

/** Who was removed is told for good: some hundred thousand of them. Without the list no token holds. */
const mostBytes = 16 * 1024 * 1024;

/** `{asOf, clients: [{client, before, suspended, lapsed}], tokens: [{jti}], users: [{user}], keys: [{kid}]}` of an issuer. */
export class Revocations {
  readonly #list: Kept<RevocationList>;

  constructor(uri: string, now: () => number) {
    const fetch = async (): Promise<{ value: RevocationList; asOf?: number }> => {
      const answer = await fetchJson(uri, mostBytes);
      return { value: listIn(answer), asOf: 1000 * secondsIn(answer['asOf']) };
    };
    this.#list = new Kept(fetch, { ...keeping, now });
  }

  /** 503 where the list cannot be had. */
  async isRevoked({ client, jti, issuedAt, user = '', kid = '' }: RevocableToken): Promise<boolean> {
    const { clients, tokens, users, keys } = await this.#list.get();
    if (tokens.has(jti) || users.has(user) || keys.has(kid)) return true;
    const { before = -Infinity, suspended = false } = clients.get(client) ?? {};
    // What was on its way when its client was suspended tells a later time: it gets no new ones, so none is good.
    return suspended || issuedAt <= before;
  }

  async isSuspended(client: string): Promise<boolean> {
    return (await this.#list.get()).clients.get(client)?.suspended === true;
  }

  /** 503 where the list cannot be had. */
  async hasLapsed({ client, user = '', provenAt }: ProvenRights): Promise<boolean> {
    const { clients, users } = await this.#list.get();
    const { lapsed } = clients.get(client) ?? {};
    return users.has(user) || (lapsed !== undefined && provenAt <= lapsed);
  }
}

/** Who has no people, drops no keys or changes no rights need not speak of them. */
function listIn({ clients, tokens, users = [], keys = [] }: Readonly<Record<string, unknown>>): RevocationList {
  return {
    clients: new Map(entriesOf(clients).map((entry) => [textIn(entry['client']), endOf(entry)])),
    tokens: new Set(entriesOf(tokens).map(({ jti }) => textIn(jti))),
    users: new Set(entriesOf(users).map(({ user }) => textIn(user))),
    keys: new Set(entriesOf(keys).map(({ kid }) => textIn(kid))),
  };
}

function entriesOf(value: unknown): Record<string, unknown>[] {
  if (Array.isArray(value)) return value as Record<string, unknown>[];
  throw new Error('This is no list of revocations.');
}

function endOf({ before, suspended, lapsed }: Record<string, unknown>): RevokedClient {
  return {
    before: secondsIn(before),
    suspended: suspended === true,
    lapsed: lapsed === undefined ? undefined : secondsIn(lapsed),
  };
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
