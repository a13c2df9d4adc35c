import type { Database } from '#postgres';

/** What the verifiers of tokens ask for: whose tokens, and which, no longer hold though they have not ended. */
export interface RevocationList {
  /** When this was true, as an instant. */
  asOf: string;
  /**
   * Tokens of this client that were issued in this second (NumericDate) or before hold no more; `suspended`: it gets no new
   * ones; `lapsed`: what they opened in that second or before may be more than it may do now, for it was removed or changed.
   */
  clients: { client: string; before: number; suspended: boolean; lapsed?: number }[];
  /** `exp` as in the token. */
  tokens: { jti: string; exp: number }[];
  /** People who were removed: none of their tokens holds, nor what they once asked for. */
  users: { user: string }[];
  /** Signing keys of ours that may be in wrong hands: nothing that they signed holds. */
  keys: { kid: string }[];
}

/** Tokens live 300 seconds; what was revoked longer ago has ended, by anybody's clock. What lapsed is told for good: Subscriptions live on. */
const told = '10 minutes';

interface RevokedRow {
  client: string;
  before: number;
  suspended: boolean;
  lapsed: number | null;
}

export class Revocations {
  #onItsWay: Promise<RevocationList> | undefined;

  constructor(private readonly database: Database) {}

  /** Those who ask together get one answer, however many they are. */
  list(): Promise<RevocationList> {
    this.#onItsWay ??= this.#read().finally(() => (this.#onItsWay = undefined));
    return this.#onItsWay;
  }

  async #read(): Promise<RevocationList> {
    const asOf = new Date().toISOString();
    const session = this.database.as(['*']);
    const [clients, tokens, users, keys] = await Promise.all([
      session.query<RevokedRow>({
        name: 'issuer-revoked-clients',
        text: `SELECT revoked.client, floor(extract(epoch FROM before))::float8 AS before,
            coalesce(client.suspended, true) AS suspended, floor(extract(epoch FROM lapsed))::float8 AS lapsed
          FROM revoked_client AS revoked LEFT JOIN client ON client.id = revoked.client
          WHERE before > now() - interval '${told}' OR lapsed IS NOT NULL OR coalesce(client.suspended, true)
          ORDER BY revoked.client`,
      }),
      session.query<{ jti: string; exp: number }>({
        name: 'issuer-revoked-tokens',
        text: `SELECT jti, extract(epoch FROM expires_at)::float8 AS exp FROM revoked_token
          WHERE expires_at > now() - interval '1 minute' ORDER BY jti`,
      }),
      session.query<{ user: string }>({
        name: 'issuer-revoked-people',
        text: 'SELECT person::text AS user FROM revoked_person ORDER BY person',
      }),
      session.query<{ kid: string }>({
        name: 'issuer-dropped-keys',
        // Whoever has such a key writes tokens that live as long as they like.
        text: `SELECT kid FROM dropped_key WHERE dropped_at > now() - interval '1 day' ORDER BY kid`,
      }),
    ]);
    return { asOf, clients: clients.map(withoutNull), tokens, users, keys };
  }

  async revokeToken({ jti, exp }: { jti: string; exp: number }): Promise<void> {
    await this.database.as(['*']).query({
      text: 'INSERT INTO revoked_token VALUES ($1, to_timestamp($2)) ON CONFLICT DO NOTHING',
      values: [jti, exp],
    });
  }
}

function withoutNull({ lapsed, ...revoked }: RevokedRow): RevocationList['clients'][number] {
  return lapsed === null ? revoked : { ...revoked, lapsed };
}
