import { asRepetition } from './conflict.js';
import { type OnceRecord, requestKeyStatement } from './request-keys.js';
import { everyone, FhirError, type ServiceName } from '#fhir';
import { type Database, type Session, violatedConstraint } from '#postgres';

export type Decision = 'committed' | 'aborted';

/** A transaction that was committed here and that not every participant has applied yet, as far as is known. */
export interface OpenDecision {
  transaction: string;
  participants: ServiceName[];
}

/** What this service decided as the coordinator of transactions: once written, never changed. */
export class Decisions {
  constructor(
    private readonly database: Database,
    private readonly parts: { now: () => Date; onCommitted: () => void },
  ) {}

  /** Commits the transaction together with what `own` writes; throws, and writes nothing, where it was aborted before. */
  async commit<T>(
    { transaction, participants, once }: OpenDecision & { once?: OnceRecord | undefined },
    own: (session: Session) => Promise<T>,
  ): Promise<T> {
    try {
      const written = await this.database.transaction(everyone, async (tx) => {
        await tx.query({
          name: 'decide-commit',
          text: `INSERT INTO transaction_decision (transaction, decision, participants, decided_at)
                 VALUES ($1, 'committed', $2, $3)`,
          values: [transaction, participants, this.parts.now()],
        });
        if (once) await tx.query(requestKeyStatement(once, this.parts.now()));
        return own(tx);
      });
      this.parts.onCommitted();
      return written;
    } catch (error) {
      if (violatedConstraint(error) !== 'transaction_decision_pkey') throw asRepetition(error) ?? error;
      throw FhirError.of('conflict', 'This transaction took too long and was given up; send it again.', {
        cause: error,
      });
    }
  }

  /** What was decided; where nothing was yet, the transaction is aborted by this very question, and can't be committed later. */
  async decide(transaction: string): Promise<Decision> {
    const session = this.database.as(everyone);
    const now = this.parts.now();
    // One that commits at this moment is waited for.
    await session.query({
      name: 'decide-abort',
      text: `INSERT INTO transaction_decision (transaction, decision, participants, decided_at, settled_at)
             VALUES ($1, 'aborted', '{}', $2, $2) ON CONFLICT DO NOTHING`,
      values: [transaction, now],
    });
    const [row] = await session.query<{ decision: Decision }>({
      name: 'decision',
      text: 'SELECT decision FROM transaction_decision WHERE transaction = $1',
      values: [transaction],
    });
    if (!row) throw new Error(`The decision of the transaction ${transaction} was forgotten while it was asked for.`);
    return row.decision;
  }

  /** Every participant has applied it. */
  async settle(transaction: string): Promise<void> {
    await this.database.as(everyone).query({
      name: 'decision-settled',
      text: 'UPDATE transaction_decision SET settled_at = $2 WHERE transaction = $1 AND settled_at IS NULL',
      values: [transaction, this.parts.now()],
    });
  }

  /** Committed ones that wait for a participant since before this time, the oldest first. */
  async open(before: Date): Promise<OpenDecision[]> {
    return this.database.as(everyone).query<OpenDecision>({
      name: 'open-decisions',
      text: `SELECT transaction, participants FROM transaction_decision
             WHERE settled_at IS NULL AND decided_at <= $1 ORDER BY decided_at LIMIT 100`,
      values: [before],
    });
  }

  /** Forgets what was settled before this time. */
  async prune(before: Date): Promise<void> {
    await this.database.as(everyone).query({
      name: 'prune-decisions',
      text: 'DELETE FROM transaction_decision WHERE settled_at < $1',
      values: [before],
    });
  }
}
