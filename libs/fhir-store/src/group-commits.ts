import { everyone } from '#fhir';
import { type Database, DatabaseUnavailable, isConnectionLost, sqlState } from '#postgres';
import { auditRowOf } from './audit/audit-row.js';
import { commitWrites } from './commit.js';
import { asConflict } from './conflict.js';
import { type GroupedWrite, type GroupKind, groupStatement } from './group-statement.js';
import type { Act, Stored, Write } from './stored.js';
import { onceRecordOf } from './request-keys.js';
import { rowOf, versionOf } from './written-version.js';

/** Statements under way at once: while one waits for the disk another is executed, and more acts gather. */
const atOnce = 3;
const mostActs = 32;
/** Letters of content; the act that goes beyond is the last of its group. */
const mostLetters = 256 * 1024;
/** As long as a statement waits for a connection. */
const waitsAtMostMs = 10_000;

type SoleWrite = Exclude<Write, { interaction: 'delete' }>;

interface Asked {
  write: SoleWrite;
  act: Act;
  since: Date;
  resolve: (stored: Stored) => void;
  reject: (reason: unknown) => void;
}

/** The write of an act that may go together with those of others: no other act may be a reason to refuse it but who changed the same. */
export function soleWriteOf(writes: readonly Write[], { keys = [], transaction }: Act): SoleWrite | undefined {
  const [write, ...others] = writes;
  if (!write || others.length > 0 || write.interaction === 'delete') return undefined;
  const claims = keys.length + (write.keys ?? []).length + (write.holds ?? []).length;
  return claims > 0 || transaction !== undefined ? undefined : write;
}

/**
 * Commits of one create or update each. As long as few are under way each has a statement of its own at once; who comes then
 * waits for the next that ends, and goes together with all others of its type that wait: under load most of a commit's cost
 * is the statement, not its rows.
 *
 * A group is written whole or not at all. Where PostgreSQL refuses one, each of its acts is sent again alone and answered for
 * itself. No group waits for a row that somebody else holds: who has to, waits alone.
 */
export class GroupCommits {
  #waiting: Asked[] = [];
  #underWay = 0;

  constructor(
    private readonly database: Database,
    private readonly now: () => Date,
  ) {}

  commit(write: SoleWrite, act: Act): Promise<Stored> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ write, act, since: this.now(), resolve, reject });
      this.#sendNext();
    });
  }

  #sendNext(): void {
    for (let [oldest] = this.#waiting; oldest && this.#underWay < atOnce; [oldest] = this.#waiting) {
      const now = this.now();
      const kind = kindOf(oldest);
      const { group, others } = nextOf(kind, this.#waiting, now);
      this.#waiting = others;
      if (group.length === 0) continue;
      this.#underWay += 1;
      void this.#send(kind, group, now).then(() => {
        this.#underWay -= 1;
        this.#sendNext();
      });
    }
  }

  /** Ends when the statement does, and never throws. */
  async #send(kind: GroupKind, group: readonly Prepared[], now: Date): Promise<void> {
    try {
      await this.database.as(everyone).query(groupStatement(kind, group, now));
      for (const { asked, stored } of group) {
        if (asked.act.request) asked.act.request.isWritten = true;
        if (asked.act.once) asked.act.once.isWritten = true;
        asked.resolve(stored);
      }
    } catch (error) {
      const again = group.length > 1 ? isRefused(error) : sqlState(error) === rowIsLocked;
      for (const { asked } of group) {
        if (again) this.#sendAlone(asked);
        else asked.reject(asConflict(error, []));
      }
    }
  }

  #sendAlone({ write, act, resolve, reject }: Asked): void {
    commitWrites(this.database.as(everyone), [write], { act, now: this.now() }).then(([stored]) => {
      resolve(stored as Stored);
    }, reject);
  }
}

interface Prepared extends GroupedWrite {
  asked: Asked;
}

/** The oldest of this kind that can go together. Two writes of one resource cannot: the later waits. */
function nextOf(kind: GroupKind, waiting: readonly Asked[], now: Date): { group: Prepared[]; others: Asked[] } {
  const group: Prepared[] = [];
  const ids = new Set<string>();
  let letters = 0;
  const others = waiting.filter((asked) => {
    const { id } = asked.write.resource;
    const isFull = group.length >= mostActs || letters >= mostLetters;
    if (isFull || !isOf(kind, asked) || (id !== undefined && ids.has(id))) return true;
    const prepared = preparedOf(asked, now);
    if (prepared) {
      group.push(prepared);
      ids.add(prepared.stored.id);
      letters += prepared.stored.content.length;
    }
    return false;
  });
  return { group, others };
}

function kindOf({ write }: Asked): GroupKind {
  return { type: write.resource.resourceType, interaction: write.interaction };
}

function isOf({ type, interaction }: GroupKind, { write }: Asked): boolean {
  return write.interaction === interaction && write.resource.resourceType === type;
}

/** What cannot be sent is answered here. */
function preparedOf(asked: Asked, now: Date): Prepared | undefined {
  const { write, act, since, reject } = asked;
  try {
    if (now.getTime() - since.getTime() > waitsAtMostMs) throw new DatabaseUnavailable({ cause: 'waited too long' });
    const version = versionOf(write, now);
    const { stored } = version;
    const audit = auditRowOf(act, [stored], now);
    const once = act.once && onceRecordOf(act.once, [stored], act.onceAnswer);
    return { asked, stored, row: rowOf(write, version), audit, traceparent: act.traceparent ?? null, once };
  } catch (error) {
    reject(error);
    return undefined;
  }
}

/** Another holds a row that is to be replaced. */
const rowIsLocked = '55P03';

/** The database is short of something, or was told to end the statement: sending it again in parts would make that worse. */
const isShort = /^(53|57)/;

/** PostgreSQL answered that nothing was written. After a lost connection nobody knows. */
function isRefused(error: unknown): boolean {
  const state = sqlState(error);
  return state !== undefined && !isConnectionLost(error) && !isShort.test(state);
}
