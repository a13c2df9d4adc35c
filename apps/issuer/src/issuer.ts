import { Database } from '#postgres';
import { Acts } from './acts.js';
import { ClientAssertions } from './assertions/client-assertion.js';
import { UsedAssertions } from './assertions/used-assertions.js';
import { ClientKeys } from './clients/client-keys.js';
import { Clients } from './clients/clients.js';
import { RegisterClient } from './clients/register-client.js';
import { SigningKeys } from './keys/signing-keys.js';
import { People } from './people/people.js';
import { SignIn } from './people/sign-in.js';
import type { IssuerLimits } from './http/guard.js';
import { KeptProvider } from './provider/kept-provider.js';
import { keyFor } from './sealed.js';
import { issuerSchema } from './tables.js';
import { ClientTokens } from './tokens/client-tokens.js';
import { Revocations } from './tokens/revocations.js';
import { RevokeToken } from './tokens/revoke-token.js';
import { TokenRequests } from './tokens/token-request.js';

export interface IssuerOptions {
  /** Where callers find everything, without a path: `https://ginnel.example`. The issuer is called `<origin>/auth`. */
  origin: string;
  /** `[base]`: whom the tokens are for. */
  audience: string;
  /** postgres:// address of the issuer's own login. */
  databaseUrl: string;
  /** 32 or more characters, the same in every process: seals signing keys, signs cookies. */
  secret: string;
  /** On one machine for trial: key sets from loopback addresses, and the page for registration. */
  sandbox: boolean;
  /** How long a new signing key is published before it signs, in milliseconds; 60,000 unless told. */
  publishAheadMs?: number;
  now?: () => Date;
  /** What is usual unless told. */
  limits?: Partial<IssuerLimits>;
}

/** Everything that the issuer can do, put together. */
export class Issuer {
  readonly database: Database;
  readonly clients: Clients;
  readonly people: People;
  readonly keys: SigningKeys;
  readonly provider: KeptProvider;
  readonly tokens: TokenRequests;
  readonly revocations: Revocations;
  readonly revoke: RevokeToken;
  readonly acts: Acts;
  readonly register: RegisterClient;
  readonly signIn: SignIn;
  /** Signs the cookie of an operator at the page for registration. */
  readonly pageKey: Buffer;
  /** `<origin>/auth` */
  readonly name: string;
  readonly #tidying: NodeJS.Timeout;

  constructor(readonly options: IssuerOptions) {
    const { origin, audience, secret, sandbox, now = () => new Date(), publishAheadMs = 60_000 } = options;
    const name = `${origin}/auth`;
    const database = new Database({
      url: options.databaseUrl,
      schema: issuerSchema,
      applicationName: 'ginnel-issuer',
      maxConnections: 8,
    });
    this.name = name;
    this.database = database;
    this.clients = new Clients(database);
    this.people = new People(database);
    this.keys = new SigningKeys({
      database,
      sealKey: keyFor('signing keys', secret),
      publishAheadMs,
      holdMs: Math.min(10_000, publishAheadMs / 4),
    });
    const cookieKey = keyFor('cookies', secret).toString('base64url');
    const { clients, people, keys } = this;
    this.provider = new KeptProvider({ issuer: name, audience, database, clients, people, cookieKey }, keys);
    const assertions = new ClientAssertions({
      clients,
      keys: new ClientKeys({ loopback: sandbox }),
      used: new UsedAssertions(database),
      now,
    });
    const tokens = new ClientTokens({ provider: this.provider, clients, audience, now });
    this.tokens = new TokenRequests({ assertions, tokens });
    this.revocations = new Revocations(database);
    this.acts = new Acts(database);
    this.revoke = new RevokeToken({ keys, revocations: this.revocations, issuer: name });
    this.register = new RegisterClient(clients, { loopback: sandbox });
    this.signIn = new SignIn(database, people);
    this.pageKey = keyFor('registration page', secret);
    this.#tidying = setInterval(() => void this.#tidy(), 60_000).unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#tidying);
    await this.database.close();
  }

  /** What keeps it from working now; undefined when it is ready. */
  async problem(): Promise<string | undefined> {
    try {
      await this.keys.current();
      return undefined;
    } catch {
      return 'The database cannot be reached, or the signing keys cannot be read.';
    }
  }

  /** What has ended is forgotten; where that fails, the next time. */
  async #tidy(): Promise<void> {
    const session = this.database.as(['*']);
    const ended = [
      'DELETE FROM used_assertion WHERE expires_at < now()',
      "DELETE FROM revoked_token WHERE expires_at < now() - interval '10 minutes'",
      'DELETE FROM kept WHERE expires_at < now()',
      "DELETE FROM sign_in_attempt WHERE began_at < now() - interval '1 hour'",
    ];
    for (const text of ended) await session.query({ text }).catch(() => undefined);
  }
}
