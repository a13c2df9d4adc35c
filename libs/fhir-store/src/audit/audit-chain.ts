import { createHash } from 'node:crypto';
import { everyone } from '#fhir';
import type { Database, Session } from '#postgres';

/** What a chain of so many entries comes to: who keeps it elsewhere can tell later whether the chain is still the same. */
export interface Head {
  /** Entries sealed so far. */
  entries: number;
  /** SHA-256 as hex: of the head before and the digest of the entry, one after another. */
  head: string;
}

/** Before the first entry. */
export const noHead = Buffer.alloc(32);
export const digestBytes = 32;

/** The head after these digests, which stand behind each other. */
export function headAfter(head: Buffer, digests: Buffer): Buffer {
  let next = head;
  for (let at = 0; at < digests.length; at += digestBytes) {
    next = createHash('sha256')
      .update(next)
      .update(digests.subarray(at, at + digestBytes))
      .digest();
  }
  return next;
}

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

  /** Seals what follows the last entry; undefined where nothing does. */
  async seal(now: Date): Promise<Head | undefined> {
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
    return end && addBlock(session, ready, { last, nTo: end.n, now });
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

  /** The last head; no entries, where nothing was sealed yet. */
  async head(): Promise<Head> {
    const { entries, head } = await lastOf(this.database.as(everyone));
    return { entries, head: head.toString('hex') };
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
