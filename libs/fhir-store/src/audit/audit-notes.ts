import { error, everyone, FhirError } from '#fhir';
import type { Database, Session, Statement } from '#postgres';
import type { Act } from '../stored.js';
import { auditColumns, auditRecord, auditRecordColumns } from './audit-columns.js';
import { type AuditRow, auditRowOf, sealedRow } from './audit-row.js';

/** Something that was done or refused, as it is noted: its row without id and digest. */
export type AuditNote = Omit<AuditRow, 'id' | 'digest' | 'recorded' | 'wrote'>;

/** Statements under way at once: while one waits for the disk, more notes gather. */
const atOnce = 2;
const mostRows = 500;
/** Notes that may wait; beyond, the database is too slow for what is asked and the request is refused. */
const mostWaiting = 20_000;
const waitsAtMostMs = 10_000;

interface Waiting {
  note: AuditNote;
  since: number;
  resolve: () => void;
  reject: (reason: unknown) => void;
}

/**
 * Entries of what wrote nothing: reads, searches, refusals. What comes together is one INSERT, and each is told when its row
 * is on disk.
 */
export class AuditNotes {
  #waiting: Waiting[] = [];
  #underWay = 0;

  constructor(
    private readonly database: Database,
    private readonly now: () => Date,
  ) {}

  /** Resolves when the entry is durable. Throws FhirError 503 where it cannot be written: then nothing may be told. */
  write(note: AuditNote): Promise<void> {
    if (this.#waiting.length >= mostWaiting) return Promise.reject(notWritten());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ note, since: this.now().getTime(), resolve, reject });
      this.#sendNext();
    });
  }

  #sendNext(): void {
    while (this.#waiting.length > 0 && this.#underWay < atOnce) {
      const group = this.#waiting.slice(0, mostRows);
      this.#waiting = this.#waiting.slice(mostRows);
      this.#underWay += 1;
      void this.#send(group).then(() => {
        this.#underWay -= 1;
        this.#sendNext();
      });
    }
  }

  /** Never throws. A group is written whole or not at all: no row of it can be a reason to refuse the others. */
  async #send(group: readonly Waiting[]): Promise<void> {
    const recorded = this.now();
    const late = recorded.getTime() - waitsAtMostMs;
    const timely = group.filter(({ since }) => since >= late);
    for (const { since, reject } of group) if (since < late) reject(notWritten());
    if (timely.length === 0) return;
    try {
      await this.database.as(everyone).query(insertOf(timely.map(({ note }) => rowOf(note, recorded))));
      for (const { resolve } of timely) resolve();
    } catch (cause) {
      for (const { reject } of timely) reject(notWritten(cause));
    }
  }
}

/** Enters what a service does to its own tables, in the same transaction. */
export async function enterNote(tx: Session, act: Act, now: Date): Promise<void> {
  await tx.query(insertOf([auditRowOf(act, [], now)]));
}

function insertOf(rows: readonly AuditRow[]): Statement {
  return {
    name: 'audit-notes',
    text: `INSERT INTO audit_event (${auditColumns})
           SELECT ${auditColumns} FROM jsonb_to_recordset($1::jsonb) AS a(${auditRecordColumns})`,
    values: [JSON.stringify(rows.map(auditRecord))],
  };
}

function rowOf(note: AuditNote, recorded: Date): AuditRow {
  return sealedRow({ ...note, recorded, wrote: false });
}

/** The entry could not be written. Whoever answers this one with an entry would wait for the same in vain. */
export class NotAudited extends FhirError {}

function notWritten(cause?: unknown): NotAudited {
  const diagnostics =
    'What was done could not be entered in the audit, so it is not told; send the request again shortly. Whether a write was done must be read first.';
  return new NotAudited([error('transient', diagnostics)], { cause, headers: { 'retry-after': '5' } });
}
