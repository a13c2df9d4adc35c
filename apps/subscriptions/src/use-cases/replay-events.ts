import { Injectable } from '@nestjs/common';
import { everyone } from '#fhir';
import { Database, type Session } from '#postgres';
import { Platform } from '#service';
import { takeTurn } from './delivery-turn.js';

/** Which notifications are told once more. */
export interface Again {
  since?: number | undefined;
  until?: number | undefined;
  /** Ids of events. */
  eventIds?: readonly string[];
}

/**
 * Queues what was settled once more, under the same ids and numbers, each referral's in order and before what waits. A call
 * that is open goes on, and its lane with what is told again when it has ended.
 */
@Injectable()
export class ReplayEvents {
  constructor(
    private readonly database: Database,
    private readonly platform: Platform,
  ) {}

  /** How many are told again. */
  async execute(subscriptionId: string, { since, until, eventIds }: Again, atMost: number): Promise<number> {
    return this.database.transaction(everyone, async (tx) => {
      await takeTurn([subscriptionId], tx);
      const again = await tx.query<{ lane: string }>({
        name: 'delivery-replay',
        text: `WITH asked AS (
                 SELECT id FROM delivery WHERE subscription_id = $1 AND number IS NOT NULL AND state <> 'pending'
                   AND ($2::int IS NULL OR number >= $2) AND ($3::int IS NULL OR number <= $3)
                   AND ($4::uuid[] IS NULL OR event_id = ANY($4)) ORDER BY number LIMIT $5)
               UPDATE delivery AS d SET state = 'pending', attempts = 0, tries = 0, first_attempt_at = NULL, due_at = NULL,
                 settled_at = NULL, failed_at = NULL FROM asked WHERE d.id = asked.id RETURNING d.lane`,
        values: [subscriptionId, since ?? null, until ?? null, eventIds ?? null, atMost],
      });
      await this.#putFirst(subscriptionId, [...new Set(again.map(({ lane }) => lane))], tx);
      return again.length;
    });
  }

  /** Whoever claims what was the first until now finds it without a time, or has claimed it already. */
  async #putFirst(subscriptionId: string, lanes: readonly string[], tx: Session): Promise<void> {
    const now = this.platform.now();
    const first = `SELECT min(id) FROM delivery WHERE subscription_id = $1 AND lane = ANY($2::text[]) AND state = 'pending'
                   GROUP BY lane`;
    await tx.query({
      name: 'delivery-replay-behind',
      text: `UPDATE delivery SET due_at = NULL
             WHERE subscription_id = $1 AND lane = ANY($2::text[]) AND state = 'pending' AND due_at <= $3
               AND (leased_until IS NULL OR leased_until < $3) AND id NOT IN (${first})`,
      values: [subscriptionId, lanes, now],
    });
    await tx.query({
      name: 'delivery-replay-first',
      text: `UPDATE delivery SET due_at = $3 WHERE due_at IS NULL AND id IN (${first})`,
      values: [subscriptionId, lanes, now],
    });
  }
}
