import { Injectable } from '@nestjs/common';
import type { Session } from '#postgres';

export interface DueSummary {
  kind: 'milestone' | 'acknowledgement';
  /** The ServiceRequest whose milestone it is, or the DocumentReference that is to be acknowledged. */
  resource: string;
  /** Which milestone, as JSON; empty of an acknowledgement. */
  stage: string;
  /** Id of the person's Patient. */
  patient: string;
  /** Id of the referral's own Task; of a milestone. */
  task?: string;
  due: Date;
}

export interface TakenSummary extends DueSummary {
  /** In vain, so far. */
  tries: number;
}

/** What is to be done with summaries when its time comes: a row each, until it was done. */
@Injectable()
export class DueSummaries {
  /** Once; a second time it stays as it is. */
  async add({ kind, resource, stage, patient, task = '', due }: DueSummary, tx: Session): Promise<void> {
    await tx.query({
      name: 'summary-due-add',
      text: `INSERT INTO summary_due (kind, resource, stage, patient, task, due_at) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT DO NOTHING`,
      values: [kind, resource, stage, patient, task, due],
    });
  }

  async drop(resource: string, tx: Session): Promise<void> {
    await tx.query({
      name: 'summary-due-drop',
      text: 'DELETE FROM summary_due WHERE resource = $1',
      values: [resource],
    });
  }

  /**
   * Takes one that is due out of the table: it is gone when the transaction commits, and there again where it does not. Rows that
   * another replica works on are passed over.
   */
  async take(now: Date, tx: Session): Promise<TakenSummary | undefined> {
    const [row] = await tx.query<TakenSummary>({
      name: 'summary-due-take',
      text: `DELETE FROM summary_due WHERE (kind, resource, stage) IN (
               SELECT kind, resource, stage FROM summary_due WHERE due_at <= $1
               ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
             RETURNING kind, resource, stage, patient, task, due_at AS due, tries`,
      values: [now],
    });
    return row;
  }

  /** One that could not be done waits, so that it holds up no other. */
  async putOff({ kind, resource, stage, tries }: TakenSummary, until: Date, tx: Session): Promise<void> {
    await tx.query({
      name: 'summary-due-put-off',
      text: 'UPDATE summary_due SET due_at = $4, tries = $5 WHERE kind = $1 AND resource = $2 AND stage = $3',
      values: [kind, resource, stage, until, tries],
    });
  }

  /** False where it was done meanwhile. */
  async giveUp({ kind, resource, stage }: DueSummary, tx: Session): Promise<boolean> {
    const given = await tx.query({
      name: 'summary-due-give-up',
      text: 'DELETE FROM summary_due WHERE kind = $1 AND resource = $2 AND stage = $3 RETURNING kind',
      values: [kind, resource, stage],
    });
    return given.length > 0;
  }
}
