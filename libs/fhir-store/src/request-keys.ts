import { everyone } from '#fhir';
import type { Database, SqlMigration, Statement } from '#postgres';
import type { Once, OnceAnswer } from './once.js';
import type { Stored } from './stored.js';
import { storedKey } from './used-key.js';

/** What became of a request. */
export interface DoneRequest {
  hash: string;
  /** HTTP status of its answer. */
  status: number;
  /** Versions (`Task/1/_history/2`) that it made; the one that it asked for first. */
  made: readonly string[];
  /** What else was answered, without content: the issues of a refusal, the entries of a Bundle, the address of a job. */
  answer: string | null;
}

/** The key of a commit's request was used before: what it asked for is done. */
export class RequestDone extends Error {
  constructor(options?: { cause?: unknown }) {
    super('This request was answered before.', options);
    this.name = 'RequestDone';
  }
}

/** The same request is being committed at this moment, maybe by another process. */
export class RequestUnderWay extends Error {
  constructor(options?: { cause?: unknown }) {
    super('This request is under way.', options);
    this.name = 'RequestUnderWay';
  }
}

/** What `refuse_under_way` raises. */
export const underWayState = 'GN425';

export const requestKeyMigration: SqlMigration = {
  name: 'RequestKey1763760000300',
  up: [
    `CREATE TABLE request_key (
       key text COLLATE "C" PRIMARY KEY, hash text NOT NULL, done_at timestamptz NOT NULL,
       status int NOT NULL, made text[] NOT NULL, answer text)`,
    // Both are written in the order of time, and read by it only where the old ones are forgotten.
    'CREATE INDEX request_key_done ON request_key USING brin (done_at)',
    'CREATE INDEX used_key_used ON used_key USING brin (used_at)',
    `CREATE FUNCTION refuse_under_way() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
       RAISE EXCEPTION USING ERRCODE = '${underWayState}', MESSAGE = 'A request with this key is under way.';
     END $$`,
  ],
};

/** A row of `request_key`, but for its time, as a statement takes it. */
export interface OnceRecord {
  key: string;
  hash: string;
  status: number;
  made: readonly string[];
}

export function onceRecordOf(
  { key, hash }: Once,
  stored: readonly Stored[],
  { status, target }: Partial<OnceAnswer> = {},
): OnceRecord {
  const asked = stored.filter(({ type, id }) => type === target?.type && id === target.id);
  const made = [...asked, ...stored.filter((one) => !asked.includes(one))];
  return { key: storedKey(key), hash, status: status ?? 200, made: made.map(versionName) };
}

export function versionName({ type, id, version }: Pick<Stored, 'type' | 'id' | 'version'>): string {
  return `${type}/${id}/_history/${String(version)}`;
}

/**
 * Writes the keys of requests whose records are at hand as jsonb, after what `from` names; one without a request has none.
 * A key that is there breaks `request_key_pkey`. One that another commit is writing is never waited for: the advisory lock
 * of that commit ends with it, however it ends.
 */
export function requestKeyPart(record: string, from?: string): string {
  return `(INSERT INTO request_key (key, hash, done_at, status, made)
    SELECT o.key, o.hash, $1::timestamptz, o.status, o.made
    FROM ${from === undefined ? '' : `${from}, `}jsonb_to_record(${record}) AS o(key text, hash text, status int, made text[])
    WHERE CASE WHEN o.key IS NULL THEN false WHEN pg_try_advisory_xact_lock(hashtext('ginnel-request'), hashtext(o.key)) THEN true
      ELSE refuse_under_way() END)`;
}

/** The same by itself, within a transaction. */
export function requestKeyStatement(record: OnceRecord, now: Date): Statement {
  return {
    name: 'request-key',
    text: `WITH requested AS ${requestKeyPart('$2::jsonb')} SELECT 1`,
    values: [now, JSON.stringify(record)],
  };
}

/** Keys that a domain keeps of requests, by how they begin: forgotten with the others. */
const requestKeysOfDomains = ['process-message|', 'message|'];

/** The requests that a service has answered. */
export class RequestKeys {
  constructor(private readonly database: Database) {}

  async find(key: string): Promise<DoneRequest | undefined> {
    const [row] = await this.database.as(everyone).query<DoneRequest>({
      name: 'request-key-find',
      text: 'SELECT hash, status, made, answer FROM request_key WHERE key = $1',
      values: [storedKey(key)],
    });
    return row;
  }

  /** Remembers an answer that came with no commit. Where the key was used meanwhile nothing changes, and what became of that is told. */
  async record({ key, hash }: Once, done: Omit<DoneRequest, 'hash'>, now: Date): Promise<DoneRequest | undefined> {
    const [row] = await this.database.as(everyone).query({
      name: 'request-key-record',
      text: `INSERT INTO request_key (key, hash, done_at, status, made, answer)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING key`,
      values: [storedKey(key), hash, now, done.status, done.made, done.answer],
    });
    return row ? undefined : this.find(key);
  }

  /** Adds what else was answered. */
  async complete(key: string, answer: string): Promise<void> {
    await this.database.as(everyone).query({
      name: 'request-key-complete',
      text: 'UPDATE request_key SET answer = $2 WHERE key = $1 AND answer IS NULL',
      values: [storedKey(key), answer],
    });
  }

  /** Forgets requests that were answered before this time. */
  async forget(before: Date): Promise<void> {
    const session = this.database.as(everyone);
    await session.query({
      name: 'request-key-forget',
      text: 'DELETE FROM request_key WHERE done_at < $1',
      values: [before],
    });
    await session.query({
      name: 'used-key-forget',
      text: `DELETE FROM used_key WHERE used_at < $1 AND resource_id IS NULL
             AND (${requestKeysOfDomains.map((begins) => `starts_with(key, '${begins}')`).join(' OR ')})`,
      values: [before],
    });
  }
}
