import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import type { Database, Session } from '#postgres';
import { seal, unseal } from '../sealed.js';
import { keysAt, type TimedKey } from './key-times.js';

/** Of OpenID Connect; also what is cheapest to verify, which happens more often than signing. */
export const signingAlgorithm = 'RS256';

export interface SigningKeysOptions {
  database: Database;
  /** What the private keys are sealed with. */
  sealKey: Buffer;
  /** How long a new key is published before it signs: longer than verifiers keep the set. */
  publishAheadMs: number;
  /** How long what was read is held; shorter than `publishAheadMs`. */
  holdMs: number;
}

interface Row {
  kid: string;
  sealed: string;
  signs_from: number;
  now: number;
}

interface SigningKey extends TimedKey {
  jwk: JWK;
}

/** What the issuer signs with: the private keys that are published now, the one that signs first. */
export interface KeySet {
  signing: string;
  jwks: readonly JWK[];
}

/** The issuer's signing keys: shared by its processes through the database, where they lie sealed. */
export class SigningKeys {
  #read: { at: number; ahead: number; keys: readonly SigningKey[] } | undefined;

  constructor(private readonly options: SigningKeysOptions) {}

  /** The first key is made when there is none. */
  async current(): Promise<KeySet> {
    const { keys, ahead } = await this.#keys();
    const { signing, published } = keysAt(keys, performance.now() + ahead);
    if (!signing) throw new Error('The issuer has no key that signs.');
    const others = published.filter(({ kid }) => kid !== signing.kid);
    return { signing: signing.kid, jwks: [signing, ...others].map(({ jwk }) => jwk) };
  }

  /** Makes the next key, and forgets those whose tokens have ended. Tells which key signs from when. */
  async rotate(): Promise<{ kid: string; signsFrom: Date }> {
    const made = await this.options.database.transaction(['*'], async (tx) => {
      await alone(tx);
      const before = await rowsOf(tx);
      const now = before[0]?.now ?? 0;
      const waiting = before.find(({ signs_from: signsFrom }) => signsFrom > now);
      if (waiting) return { kid: waiting.kid, signsFrom: new Date(waiting.signs_from) };
      const published = keysAt(before.map(timesOf), now).published.map(({ kid }) => kid);
      await tx.query({ text: 'DELETE FROM signing_key WHERE kid <> ALL ($1)', values: [published] });
      return this.#make(tx, before.length === 0 ? 0 : this.options.publishAheadMs);
    });
    this.#read = undefined;
    return made;
  }

  /** For a key that may be in wrong hands: a new one signs at once, and whatever an older one signed holds no more. */
  async drop(): Promise<{ kid: string; signsFrom: Date }> {
    const made = await this.options.database.transaction(['*'], async (tx) => {
      await alone(tx);
      await tx.query({
        text: `WITH dropped AS (DELETE FROM signing_key RETURNING kid)
          INSERT INTO dropped_key SELECT kid, clock_timestamp() FROM dropped`,
      });
      return this.#make(tx, 0);
    });
    this.#read = undefined;
    return made;
  }

  async #keys(): Promise<{ ahead: number; keys: readonly SigningKey[] }> {
    if (this.#read && performance.now() - this.#read.at < this.options.holdMs) return this.#read;
    let rows = await rowsOf(this.options.database.as(['*']));
    if (rows.length === 0) {
      await this.#makeFirst();
      rows = await rowsOf(this.options.database.as(['*']));
    }
    const keys = rows.map((row) => ({
      ...timesOf(row),
      jwk: JSON.parse(unseal(row.sealed, this.options.sealKey)) as JWK,
    }));
    const at = performance.now();
    this.#read = { at, ahead: (rows[0]?.now ?? 0) - at, keys };
    return this.#read;
  }

  #makeFirst(): Promise<void> {
    return this.options.database.transaction(['*'], async (tx) => {
      await alone(tx);
      if ((await rowsOf(tx)).length === 0) await this.#make(tx, 0);
    });
  }

  async #make(tx: Session, aheadMs: number): Promise<{ kid: string; signsFrom: Date }> {
    const { publicKey, privateKey } = await generateKeyPair(signingAlgorithm, {
      modulusLength: 2048,
      extractable: true,
    });
    const told = { kid: randomUUID(), alg: signingAlgorithm, use: 'sig' };
    const sealed = seal(JSON.stringify({ ...(await exportJWK(privateKey)), ...told }), this.options.sealKey);
    const [row] = await tx.query<{ signs_from: Date }>({
      text: `INSERT INTO signing_key VALUES ($1, $2, $3, clock_timestamp() + $4 * interval '1 millisecond') RETURNING signs_from`,
      values: [told.kid, JSON.stringify({ ...(await exportJWK(publicKey)), ...told }), sealed, aheadMs],
    });
    return { kid: told.kid, signsFrom: row?.signs_from ?? new Date() };
  }
}

async function alone(tx: Session): Promise<void> {
  await tx.query({ text: "SELECT pg_advisory_xact_lock(hashtext('ginnel-issuer-keys'))" });
}

async function rowsOf(session: Session): Promise<Row[]> {
  return session.query<Row>({
    text: `SELECT kid, sealed, (extract(epoch FROM signs_from) * 1000)::float8 AS signs_from,
      (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now FROM signing_key`,
  });
}

function timesOf({ kid, signs_from: signsFrom }: Row): TimedKey {
  return { kid, signsFrom };
}
