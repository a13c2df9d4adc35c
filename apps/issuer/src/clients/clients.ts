import type { JWK } from 'jose';
import { isWithin, parseScopes, type Role } from '#auth';
import type { Database, Session } from '#postgres';
import type { RegisteredClient } from './client.js';

interface Row {
  id: string;
  role: Role | null;
  organisation: string | null;
  patient: string | null;
  scopes: string[];
  jwks: { keys: JWK[] } | null;
  jwks_uri: string | null;
  certificate_thumbprint: string | null;
  redirect_uris: string[];
  suspended: boolean;
  ended_at: number | null;
}

/** The clients that the issuer knows. */
export class Clients {
  constructor(private readonly database: Database) {}

  async find(id: string): Promise<RegisteredClient | undefined> {
    const [row] = await this.database.as(['*']).query<Row>({
      name: 'issuer-client',
      text: `SELECT client.*, floor(extract(epoch FROM before))::float8 AS ended_at
        FROM client LEFT JOIN revoked_client ON revoked_client.client = client.id WHERE client.id = $1`,
      values: [id],
    });
    return row && clientOf(row);
  }

  async list(): Promise<RegisteredClient[]> {
    const rows = await this.database
      .as(['*'])
      .query<Row>({ text: 'SELECT *, NULL AS ended_at FROM client ORDER BY id' });
    return rows.map(clientOf);
  }

  /** False where a client of this id is there already. */
  async add(client: RegisteredClient): Promise<boolean> {
    const added = await this.database.as(['*']).query({
      text: `INSERT INTO client (id, role, organisation, patient, scopes, jwks, jwks_uri, certificate_thumbprint, redirect_uris)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING RETURNING id`,
      values: valuesOf(client),
    });
    return added.length === 1;
  }

  /** Makes it what is given; tokens that it has end where anything that they say has changed, its rights where they are fewer. */
  async replace(client: RegisteredClient): Promise<void> {
    await this.database.transaction(['*'], async (tx) => {
      const [before] = await tx.query<Row>({
        text: 'SELECT *, NULL AS ended_at FROM client WHERE id = $1 FOR UPDATE',
        values: [client.id],
      });
      const changed = await tx.query({
        text: `UPDATE client SET role = $2, organisation = $3, patient = $4, scopes = $5, jwks = $6, jwks_uri = $7,
            certificate_thumbprint = $8, redirect_uris = $9
          WHERE id = $1 AND (role, organisation, patient, scopes, jwks, jwks_uri, certificate_thumbprint, redirect_uris)
            IS DISTINCT FROM ($2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`,
        values: valuesOf(client),
      });
      if (before && changed.length === 1) await revoke(tx, client.id, { lapses: !mayAsMuch(client, clientOf(before)) });
    });
  }

  /** Its tokens end, and it gets no new ones until it is resumed. False where there is no such client. */
  async suspend(id: string): Promise<boolean> {
    return this.#end(id, { text: 'UPDATE client SET suspended = true WHERE id = $1 RETURNING id', lapses: false });
  }

  async resume(id: string): Promise<boolean> {
    const text = 'UPDATE client SET suspended = false WHERE id = $1 RETURNING id';
    return (await this.database.as(['*']).query({ text, values: [id] })).length === 1;
  }

  async remove(id: string): Promise<boolean> {
    return this.#end(id, { text: 'DELETE FROM client WHERE id = $1 RETURNING id', lapses: true });
  }

  #end(id: string, { text, lapses }: { text: string; lapses: boolean }): Promise<boolean> {
    return this.database.transaction(['*'], async (tx) => {
      const found = await tx.query({ text, values: [id] });
      if (found.length === 1) await revoke(tx, id, { lapses });
      return found.length === 1;
    });
  }
}

async function revoke(tx: Session, client: string, { lapses }: { lapses: boolean }): Promise<void> {
  // By the clock of the statement, not of the transaction's begin: a token of meanwhile ends too.
  await tx.query({
    text: `INSERT INTO revoked_client (client, before, lapsed)
      SELECT $1, now, CASE WHEN $2::boolean THEN now END FROM clock_timestamp() AS now
      ON CONFLICT (client) DO UPDATE
      SET before = excluded.before, lapsed = coalesce(excluded.lapsed, revoked_client.lapsed)`,
    values: [client, lapses],
  });
}

/** What its tokens could read before it may read now: that is what it asked to be told of. */
function mayAsMuch(now: RegisteredClient, before: RegisteredClient): boolean {
  const isSame = (['role', 'organisation', 'patient'] as const).every((name) => now[name] === before[name]);
  const granted = parseScopes(now.scopes.join(' ')).scopes;
  const told = parseScopes(before.scopes.join(' ')).scopes.filter((scope) => scope.kind === 'resource');
  const reading = told.map((scope) => ({ ...scope, letters: scope.letters.replace(/[cud]/g, '') }));
  return isSame && reading.every((scope) => isWithin(granted, scope));
}

function valuesOf(client: RegisteredClient): unknown[] {
  return [
    client.id,
    client.role ?? null,
    client.organisation ?? null,
    client.patient ?? null,
    client.scopes,
    client.jwks ? JSON.stringify(client.jwks) : null,
    client.jwksUri ?? null,
    client.certificateThumbprint ?? null,
    client.redirectUris,
  ];
}

function clientOf(row: Row): RegisteredClient {
  return {
    id: row.id,
    ...(row.role === null ? {} : { role: row.role }),
    ...(row.organisation === null ? {} : { organisation: row.organisation }),
    ...(row.patient === null ? {} : { patient: row.patient }),
    scopes: row.scopes,
    ...(row.jwks === null ? {} : { jwks: row.jwks }),
    ...(row.jwks_uri === null ? {} : { jwksUri: row.jwks_uri }),
    ...(row.certificate_thumbprint === null ? {} : { certificateThumbprint: row.certificate_thumbprint }),
    redirectUris: row.redirect_uris,
    suspended: row.suspended,
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
  };
}
