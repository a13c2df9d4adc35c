import { fetchJson } from './fetch-json.js';
import { Kept } from './kept.js';
import { KeySet } from './key-set.js';
import { type ProvenRights, Revocations } from './revocations.js';
import { checkedIssuers, type TrustedIssuer } from './trusted-issuer.js';

/** What an issuer says of itself. https://www.rfc-editor.org/rfc/rfc8414#section-2 */
export type IssuerMetadata = Readonly<Record<string, unknown>>;

/** What others than who checks tokens may ask of those who issue them. */
export interface Issuers {
  /** Of the first one, whom clients ask for tokens; undefined where there is none. 503 where it cannot be had. */
  metadata: () => Promise<IssuerMetadata | undefined>;
  /** The same as far as it is at hand. */
  readonly known: IssuerMetadata | undefined;
  /** True where a client was suspended or removed: what it once asked for ends, too. 503 where that cannot be known. */
  isSuspended: (client: string) => Promise<boolean>;
  /** True where somebody was removed, or may do less, since that was proved: what they asked for ends. 503 where that cannot be known. */
  hasLapsed: (rights: ProvenRights) => Promise<boolean>;
}

/** Those that are configured. */
export class KnownIssuers implements Issuers {
  readonly #byName: ReadonlyMap<string, KnownIssuer>;

  constructor(issuers: readonly TrustedIssuer[], now: () => number) {
    this.#byName = new Map(checkedIssuers(issuers).map((trusted) => [trusted.issuer, new KnownIssuer(trusted, now)]));
  }

  /** To the letter: a name that begins like a trusted one is another's. */
  named(issuer: string | undefined): KnownIssuer | undefined {
    return this.#byName.get(issuer ?? '');
  }

  /** False where a client of this issuer is named so that it would be taken for another one's. */
  isOwn(client: string, { trusted: { clientPrefix: own = '' } }: KnownIssuer): boolean {
    const prefixes = [...this.#byName.values()].map(({ trusted: { clientPrefix = '' } }) => clientPrefix);
    return !prefixes.some((prefix) => prefix.length > own.length && client.startsWith(prefix));
  }

  async metadata(): Promise<IssuerMetadata | undefined> {
    return this.#first?.metadata();
  }

  get known(): IssuerMetadata | undefined {
    return this.#first?.knownMetadata;
  }

  async isSuspended(client: string): Promise<boolean> {
    const owner = this.#ownerOf(client);
    return owner !== undefined && (await owner.revocations.isSuspended(owner.name));
  }

  async hasLapsed(rights: ProvenRights): Promise<boolean> {
    const owner = this.#ownerOf(rights.client);
    return owner !== undefined && (await owner.revocations.hasLapsed({ ...rights, client: owner.name }));
  }

  /** The one whose client it is, by the longest prefix, with what that calls it; undefined where it tells of no revocations. */
  #ownerOf(client: string): { revocations: Revocations; name: string } | undefined {
    const owner = [...this.#byName.values()].find(
      (one) => client.startsWith(one.trusted.clientPrefix ?? '') && this.isOwn(client, one),
    );
    const name = client.slice(owner?.trusted.clientPrefix?.length ?? 0);
    return owner?.revocations && { revocations: owner.revocations, name };
  }

  get #first(): KnownIssuer | undefined {
    return this.#byName.values().next().value;
  }
}

const keeping = { freshMs: 600_000, waitMs: 3_600_000, mostMs: 86_400_000, pauseMs: 5_000 };

/** An issuer with what is asked of it again and again. */
export class KnownIssuer {
  readonly keys: KeySet;
  readonly revocations: Revocations | undefined;
  readonly #metadata: Kept<IssuerMetadata>;

  constructor(
    readonly trusted: TrustedIssuer,
    now: () => number,
  ) {
    this.#metadata = new Kept(() => metadataOf(trusted), { ...keeping, now });
    this.keys = new KeySet(() => this.#keysUri(), now);
    this.revocations = trusted.revocationsUri === undefined ? undefined : new Revocations(trusted.revocationsUri, now);
  }

  /** 503 where it cannot be had. */
  metadata(): Promise<IssuerMetadata> {
    return this.#metadata.get();
  }

  /** What is at hand of it. */
  get knownMetadata(): IssuerMetadata | undefined {
    return this.#metadata.known;
  }

  async #keysUri(): Promise<string> {
    const uri = this.trusted.jwksUri ?? (await this.metadata())['jwks_uri'];
    if (typeof uri === 'string') return uri;
    throw new Error('The issuer does not say where its keys are.');
  }
}

/** Another issuer's description under this one's name would make its keys count. */
async function metadataOf({ issuer, metadataUri }: TrustedIssuer): Promise<{ value: IssuerMetadata }> {
  const value = await fetchJson(metadataUri ?? `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  if (value['issuer'] !== issuer) throw new Error('This is the description of another issuer.');
  return { value };
}
