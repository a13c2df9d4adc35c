import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import type { Database } from '#postgres';
import type { Clients } from '../clients/clients.js';
import { metadataOf } from './client-metadata.js';

/** What oidc-provider remembers, in PostgreSQL, so that any process can go on where another one began. */
export class KeptAdapter implements Adapter {
  constructor(
    private readonly model: string,
    private readonly database: Database,
  ) {}

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    await this.#query(
      `INSERT INTO kept (model, id, payload, grant_id, uid, expires_at)
        VALUES ($1, $2, $3, $4, $5, now() + $6 * interval '1 second')
        ON CONFLICT (model, id) DO UPDATE SET payload = excluded.payload, grant_id = excluded.grant_id, uid = excluded.uid,
          expires_at = excluded.expires_at`,
      [id, JSON.stringify(payload), payload.grantId ?? null, payload.uid ?? null, expiresIn ?? null],
    );
  }

  find(id: string): Promise<AdapterPayload | undefined> {
    return this.#one('id = $2', id);
  }

  findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.#one('uid = $2', uid);
  }

  /** Of the device flow, which is not offered. */
  findByUserCode(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** Once: of two who come with the same code at the same time one is refused. */
  async consume(id: string): Promise<void> {
    const consumed = await this.#query(
      'UPDATE kept SET consumed_at = now() WHERE model = $1 AND id = $2 AND consumed_at IS NULL RETURNING id',
      [id],
    );
    if (consumed.length === 0) throw new errors.InvalidGrant('This was used already.');
  }

  async destroy(id: string): Promise<void> {
    await this.#query('DELETE FROM kept WHERE model = $1 AND id = $2', [id]);
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await this.#query('DELETE FROM kept WHERE model = $1 AND grant_id = $2', [grantId]);
  }

  async #one(condition: string, value: string): Promise<AdapterPayload | undefined> {
    const [row] = await this.#query<{ payload: AdapterPayload; consumed: number | null }>(
      `SELECT payload, extract(epoch FROM consumed_at)::int AS consumed FROM kept
        WHERE model = $1 AND ${condition} AND (expires_at IS NULL OR expires_at > now())`,
      [value],
    );
    return row && { ...row.payload, ...(row.consumed === null ? {} : { consumed: row.consumed }) };
  }

  #query<Row>(text: string, values: readonly unknown[]): Promise<Row[]> {
    return this.database.as(['*']).query<Row>({ text, values: [this.model, ...values] });
  }
}

/** The clients as oidc-provider reads them; it never writes them. */
export class ClientAdapter implements Adapter {
  constructor(private readonly clients: Clients) {}

  async find(id: string): Promise<AdapterPayload | undefined> {
    const client = await this.clients.find(id);
    return client && !client.suspended ? metadataOf(client) : undefined;
  }

  findByUid(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  findByUserCode(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  readonly upsert = refuse;
  readonly consume = refuse;
  readonly destroy = refuse;
  readonly revokeByGrantId = refuse;
}

function refuse(): Promise<void> {
  return Promise.reject(new Error('Clients are registered by a command or on the page for it.'));
}
