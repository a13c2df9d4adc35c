import { everyone } from '#fhir';
import type { Database, Session } from '#postgres';
import type { Act } from '../stored.js';
import { enterNote } from './audit-notes.js';
import { type Head, headAfter, noHead } from './heads.js';
import { type AuditVerdict, retentionInteraction, verifyAudit } from './verify-audit.js';

interface Last {
  entries: number;
  n_to: string;
  head: Buffer;
}

interface Unsealed {
  id: string;
  n: string;
  digest: Buffer;
  recorded: Date;
}

const mostEntries = 1_000;
/** So far behind is looked for what was committed after later ones had been sealed. */
const lateWindow = 100_000;

/**
 * Seals entries that are committed, by one process of a service at a time; where two do so all the same, one of them breaks the
 * primary key of the chain and nothing is forked. Entries are numbered when they are begun and appear when they are committed:
 * a missing number is waited for until every transaction that was open when it was missed has ended. What comes later still
 * is found by `sealLate`.
 */
export class AuditChain {
  /** Numbers up to `n` are settled when every transaction before `xmax` has ended. */
  #horizon: { n: bigint; xmax: bigint } | undefined;
  #settled = 0n;

  constructor(private readonly database: Database) {}

  /** Seals what follows the last entry; undefined where nothing does. `more` is said where as much was sealed as goes at once. */
  async seal(now: Date): Promise<(Head & { more: boolean }) | undefined> {
    const session = this.database.as(everyone);
    const last = await lastOf(session);
    const [window] = await session.query<{ xmin: string; xmax: string; rows: Unsealed[] | null }>({
      name: 'audit-unsealed',
      // One statement has one snapshot: what it does not see was not committed at its xmax.
      text: `SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin, pg_snapshot_xmax(pg_current_snapshot())::text AS xmax,
               (SELECT json_agg(json_build_object('id', id, 'n', n::text, 'digest', encode(digest, 'hex'),
                  'recorded', recorded) ORDER BY n)
                FROM (SELECT * FROM audit_event WHERE n > $1 ORDER BY n LIMIT ${String(mostEntries)}) a) AS rows`,
      values: [last.n_to],
    });
    if (!window?.rows) return undefined;
    const rows = window.rows.map(readRow);
    const ready = this.#readyOf(rows, BigInt(last.n_to), { xmin: BigInt(window.xmin), xmax: BigInt(window.xmax) });
    const end = ready.at(-1);
    if (!end) return undefined;
    const head = await addBlock(session, ready, { last, nTo: end.n, now });
    return { ...head, more: ready.length === mostEntries };
  }

  /** Seals what was committed so late that its place in the order was gone through already. */
  async sealLate(now: Date): Promise<Head | undefined> {
    const session = this.database.as(everyone);
    const last = await lastOf(session);
    const from = BigInt(last.n_to) - BigInt(lateWindow);
    const rows = await session.query<Unsealed>({
      name: 'audit-late',
      text: `SELECT id, n::text AS n, digest, recorded FROM audit_event
             WHERE n > $1 AND n <= $2 AND id NOT IN (SELECT unnest(ids) FROM audit_chain WHERE n_to > $1)
             ORDER BY n LIMIT ${String(mostEntries)}`,
      values: [String(from), last.n_to],
    });
    return rows.length === 0 ? undefined : addBlock(session, rows, { last, nTo: last.n_to, now });
  }

  /** The heads after this many entries, oldest first; of very many the newest. */
  async headsAfter(entries: number): Promise<Head[]> {
    const rows = await this.database.as(everyone).query<{ entries: string; head: Buffer }>({
      name: 'audit-heads',
      // What was dropped is not published anew where the heads were lost: it would look as if it had been there until now.
      text: `SELECT first + entries - 1 AS entries, head FROM audit_chain
             WHERE first > $1 AND first > (SELECT coalesce(max(up_to), 0) FROM audit_dropped)
             ORDER BY first DESC LIMIT ${String(mostEntries)}`,
      values: [entries],
    });
    return rows.map((row) => ({ entries: Number(row.entries), head: row.head.toString('hex') })).reverse();
  }

  /** The head of the block that ends nearest before this many entries, or there; undefined before the first. */
  async headAt(entries: number): Promise<Head | undefined> {
    const [row] = await this.database.as(everyone).query<{ entries: string; head: Buffer }>({
      name: 'audit-head-at',
      text: `SELECT first + entries - 1 AS entries, head FROM audit_chain WHERE first + entries - 1 <= $1
             ORDER BY first DESC LIMIT 1`,
      values: [entries],
    });
    return row && { entries: Number(row.entries), head: row.head.toString('hex') };
  }

  /**
   * Drops what is older, whole blocks from the oldest on, and enters that it did: the chain keeps the digests. Answers how many
   * entries were dropped. Nothing of the last 30 days is.
   */
  async drop(before: Date, act: Pick<Act, 'agent' | 'correlationId'>): Promise<number> {
    return this.database.transaction(everyone, async (tx) => {
      await tx.query({
        text: 'SELECT pg_advisory_xact_lock(hashtext($1), hashtext(current_schema()))',
        values: ['audit-drop'],
      });
      const [done] = await tx.query<{ last: string; dropped: string }>({
        text: 'SELECT last, dropped FROM drop_audit($1)',
        values: [before],
      });
      if (!done) return 0;
      const request = { role: 'service', query: `up-to=${done.last}` };
      await enterNote(tx, { ...act, interaction: retentionInteraction, request }, new Date());
      return Number(done.dropped);
    });
  }

  /** Holds the entries against the chain, and the chain against heads that are kept elsewhere: all as of one moment. */
  verify(published: readonly Head[]): Promise<AuditVerdict> {
    return this.database.transaction(everyone, async (tx) => {
      await tx.query({ text: 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY' });
      return verifyAudit(tx, published);
    });
  }

  /** Those whose numbers follow each other without a gap, or with gaps that nothing can fill any more. */
  #readyOf(rows: readonly Unsealed[], after: bigint, { xmin, xmax }: { xmin: bigint; xmax: bigint }): Unsealed[] {
    if (this.#horizon && xmin >= this.#horizon.xmax) {
      this.#settled = this.#horizon.n;
      this.#horizon = undefined;
    }
    const newest = rows.at(-1);
    if (newest) this.#horizon ??= { n: BigInt(newest.n), xmax };
    let expected = after + 1n;
    const end = rows.findIndex(({ n }) => {
      const isNext = BigInt(n) === expected || BigInt(n) <= this.#settled;
      expected = BigInt(n) + 1n;
      return !isNext;
    });
    return end < 0 ? [...rows] : rows.slice(0, end);
  }
}

async function lastOf(session: Session): Promise<Last> {
  const [last] = await session.query<{ entries: string; n_to: string; head: Buffer }>({
    name: 'audit-last',
    text: 'SELECT first + entries - 1 AS entries, n_to::text AS n_to, head FROM audit_chain ORDER BY first DESC LIMIT 1',
  });
  return last ? { ...last, entries: Number(last.entries) } : { entries: 0, n_to: '0', head: noHead };
}

async function addBlock(
  session: Session,
  rows: readonly Unsealed[],
  { last, nTo, now }: { last: Last; nTo: string; now: Date },
): Promise<Head> {
  const digests = Buffer.concat(rows.map(({ digest }) => digest));
  const head = headAfter(last.head, digests);
  const newest = new Date(Math.max(...rows.map(({ recorded }) => recorded.getTime())));
  await session.query({
    name: 'audit-seal',
    text: `INSERT INTO audit_chain (first, entries, ids, digests, head, newest, n_to, sealed_at)
           VALUES ($1, $2, $3::uuid[], $4, $5, $6, $7, $8)`,
    values: [last.entries + 1, rows.length, rows.map(({ id }) => id), digests, head, newest, nTo, now],
  });
  return { entries: last.entries + rows.length, head: head.toString('hex') };
}

/** As JSON tells it. */
function readRow({ digest, recorded, ...row }: Unsealed): Unsealed {
  return { ...row, digest: Buffer.from(String(digest), 'hex'), recorded: new Date(recorded) };
}
