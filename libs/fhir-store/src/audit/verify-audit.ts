import type { Session } from '#postgres';
import { digestBytes, type Head, headAfter, noHead } from './heads.js';
import { digestOf } from './audit-row.js';
import { type AuditRowRead, readColumns, type ReadRow, rowRead } from './audit-read-row.js';

/** What is wrong with an audit, and with which entry. */
export interface AuditFault {
  kind: 'removed' | 'changed' | 'reordered' | 'cut-off' | 'rewritten' | 'slipped-in';
  /** Place in the chain, counted from 1. */
  entry?: number;
  /** Id of the row. */
  id?: string;
  says: string;
}

export interface AuditVerdict {
  /** Sealed entries. */
  entries: number;
  head: string;
  /** Entries that are not sealed yet. */
  unsealed: number;
  /** Published heads that were compared. */
  heads: number;
  /** Entries up to this one were dropped when their time was over; the chain keeps their digests. */
  droppedUpTo: number;
  /** Time of the oldest entry that is there. */
  since?: Date;
  faults: AuditFault[];
}

interface Block {
  first: string;
  entries: number;
  ids: string[];
  digests: Buffer;
  head: Buffer;
}

/** What enters that old entries were dropped. */
export const retentionInteraction = 'audit-retention';

const blocksAtOnce = 50;
const faultsAtMost = 100;

/**
 * Holds every entry against the chain, and the chain against heads that are kept elsewhere. Without such heads a chain that
 * was made anew, or cut off, by whoever owns the database cannot be told from the first one.
 */
export async function verifyAudit(session: Session, published: readonly Head[]): Promise<AuditVerdict> {
  const droppedUpTo = await droppedOf(session, published);
  const faults: AuditFault[] = [];
  const heads = new Map(published.map(({ entries, head }) => [entries, head]));
  const compared = { count: 0 };
  let entries = 0;
  let head: Buffer = noHead;
  for (let blocks = await blocksAfter(session, 0); blocks.length > 0; blocks = await blocksAfter(session, entries)) {
    const rows = await rowsOf(session, blocks);
    for (const block of blocks) {
      if (Number(block.first) !== entries + 1) faults.push(removedBlock(entries + 1, Number(block.first) - 1));
      const seen = { from: Number(block.first), head, droppedUpTo };
      faults.push(...faultsIn(block, rows, seen), ...headFaults(block, seen, { heads, compared }));
      entries = Number(block.first) + block.entries - 1;
      head = block.head;
    }
    if (faults.length >= faultsAtMost) break;
  }
  faults.push(...cutOff(published, entries), ...disagreeing(published), ...(await slippedIn(session)));
  const [unsealed, since] = await rest(session);
  return {
    entries,
    head: head.toString('hex'),
    unsealed,
    heads: compared.count,
    droppedUpTo,
    ...(since ? { since } : {}),
    faults: faults.slice(0, faultsAtMost),
  };
}

interface Seen {
  from: number;
  head: Buffer;
  droppedUpTo: number;
}

function faultsIn(block: Block, rows: ReadonlyMap<string, AuditRowRead>, { from, droppedUpTo }: Seen): AuditFault[] {
  return block.ids.flatMap((id, at): AuditFault[] => {
    const entry = from + at;
    const sealed = block.digests.subarray(at * digestBytes, (at + 1) * digestBytes);
    const row = rows.get(id);
    if (!row && entry <= droppedUpTo) return [];
    if (!row) return [{ kind: 'removed', entry, id, says: 'was removed: the chain knows it, its row is gone' }];
    if (entry <= droppedUpTo)
      return [
        { kind: 'removed', entry, id, says: 'is still there, so others up to the last dropped were removed by hand' },
      ];
    if (digestOf(row, row.edition).equals(sealed) && row.digest.equals(sealed)) return [];
    const elsewhere = block.ids.findIndex((_id, other) =>
      block.digests.subarray(other * digestBytes, (other + 1) * digestBytes).equals(row.digest),
    );
    return elsewhere >= 0 && elsewhere !== at
      ? [{ kind: 'reordered', entry, id, says: `stands in the place of entry ${String(from + elsewhere)}` }]
      : [{ kind: 'changed', entry, id, says: 'was changed: its digest is not the one that was sealed' }];
  });
}

function headFaults(
  block: Block,
  { from, head }: Seen,
  { heads, compared }: { heads: Map<number, string>; compared: { count: number } },
): AuditFault[] {
  const entry = from + block.entries - 1;
  const faults: AuditFault[] = [];
  if (block.ids.length !== block.entries || !headAfter(head, block.digests).equals(block.head))
    faults.push({ kind: 'reordered', entry, says: `and those from ${String(from)} on do not lead to their head` });
  let next = head;
  for (let at = 0; at < block.entries; at++) {
    next = headAfter(next, block.digests.subarray(at * digestBytes, (at + 1) * digestBytes));
    const wanted = heads.get(from + at);
    if (wanted === undefined) continue;
    compared.count += 1;
    if (wanted !== next.toString('hex'))
      faults.push({
        kind: 'rewritten',
        entry: from + at,
        says: 'or one before it is not what it was when its head was published',
      });
  }
  return faults;
}

function removedBlock(first: number, last: number): AuditFault {
  return { kind: 'removed', entry: first, says: `to ${String(last)} are gone from the chain` };
}

function cutOff(published: readonly Head[], entries: number): AuditFault[] {
  const last = Math.max(0, ...published.map((head) => head.entries));
  if (last <= entries) return [];
  return [
    {
      kind: 'cut-off',
      entry: entries + 1,
      says: `to ${String(last)} were published as sealed, and the chain ends before them`,
    },
  ];
}

/** Two heads of one place: after the chain was cut off, others were sealed in the place of those that are gone. */
function disagreeing(published: readonly Head[]): AuditFault[] {
  const known = new Map<number, string>();
  return published.flatMap(({ entries, head }): AuditFault[] => {
    const before = known.get(entries);
    known.set(entries, head);
    if (before === undefined || before === head) return [];
    return [{ kind: 'rewritten', entry: entries, says: 'was published with two different heads' }];
  });
}

/** A row whose place in the order was gone through, and that nobody sealed within minutes, was put there by hand. */
async function slippedIn(session: Session): Promise<AuditFault[]> {
  const rows = await session.query<{ id: string }>({
    text: `SELECT id FROM audit_event WHERE recorded NOT BETWEEN now() - interval '10 minutes' AND now() + interval '10 minutes'
             AND n <= (SELECT coalesce(max(n_to), 0) FROM audit_chain)
             AND id NOT IN (SELECT unnest(ids) FROM audit_chain) LIMIT ${String(faultsAtMost)}`,
  });
  return rows.map(({ id }) => ({ kind: 'slipped-in', id, says: 'was never sealed, and stands behind later ones' }));
}

async function rest(session: Session): Promise<[unsealed: number, since: Date | undefined]> {
  const [row] = await session.query<{ unsealed: number; since: Date | null }>({
    text: `SELECT (SELECT count(*)::int FROM audit_event
                   WHERE n > (SELECT coalesce(max(n_to), 0) FROM audit_chain)) AS unsealed,
                  (SELECT min(recorded) FROM audit_event) AS since`,
  });
  return [row?.unsealed ?? 0, row?.since ?? undefined];
}

const keptAtLeastMs = 30 * 24 * 60 * 60 * 1000;

/**
 * What was dropped is believed where an entry says so that is sealed, or is about to be, and where no head that it would
 * cover was published within the last 30 days: so young an entry is never dropped, whatever somebody entered.
 */
async function droppedOf(session: Session, published: readonly Head[]): Promise<number> {
  const rows = await session.query<{ up_to: string }>({
    text: `SELECT substring(a.query FROM '^up-to=(\\d{1,15})$') AS up_to
           FROM audit_event a WHERE a.interaction = '${retentionInteraction}' AND a.query ~ '^up-to=\\d{1,15}$'
             AND (a.n > (SELECT coalesce(max(n_to), 0) FROM audit_chain)
               OR EXISTS (SELECT 1 FROM audit_chain c WHERE a.id = ANY (c.ids)))`,
  });
  const young = Date.now() - keptAtLeastMs;
  const kept = published.filter(({ at }) => at !== undefined && at.getTime() > young).map(({ entries }) => entries);
  const claimed = rows.map(({ up_to: upTo }) => Number(upTo));
  return Math.max(0, ...claimed.filter((upTo) => kept.every((entries) => entries > upTo)));
}

function blocksAfter(session: Session, entries: number): Promise<Block[]> {
  return session.query<Block>({
    text: `SELECT first, entries, ids, digests, head FROM audit_chain WHERE first > $1 ORDER BY first LIMIT $2`,
    values: [entries, blocksAtOnce],
  });
}

async function rowsOf(session: Session, blocks: readonly Block[]): Promise<Map<string, AuditRowRead>> {
  const rows = await session.query<ReadRow>({
    text: `SELECT ${readColumns} FROM audit_event WHERE id = ANY ($1::uuid[])`,
    values: [blocks.flatMap(({ ids }) => ids)],
  });
  return new Map(rows.map((row) => [row.id, rowRead(row)]));
}
