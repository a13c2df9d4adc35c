import { Injectable } from '@nestjs/common';
import { everyone } from '#fhir';
import { Database } from '#postgres';
import { Platform } from '#service';
import { takeTurn } from './delivery-turn.js';

/** Which notifications are told once more. */
export interface Again {
  since?: number | undefined;
  until?: number | undefined;
  /** Ids of events. */
  eventIds?: readonly string[];
}

/** Queues what was settled once more, under the same ids and numbers, each referral's in order and before what waits. */
@Injectable()
export class ReplayEvents {
  constructor(
    private readonly database: Database,
    private readonly platform: Platform,
  ) {}

  /** How many are told again. */
  async execute(subscriptionId: string, { since, until, eventIds }: Again, atMost: number): Promise<number> {
    const now = this.platform.now();
    return this.database.transaction(everyone, async (tx) => {
      await takeTurn([subscriptionId], tx);
      const again = await tx.query<{ lane: string }>({
        name: 'delivery-replay',
        text: `WITH asked AS (
                 SELECT id FROM delivery WHERE subscription_id = $1 AND number IS NOT NULL AND state <> 'pending'
                   AND ($2::int IS NULL OR number >= $2) AND ($3::int IS NULL OR number <= $3)
                   AND ($4::uuid[] IS NULL OR event_id = ANY($4)) ORDER BY number LIMIT $5)
               UPDATE delivery AS d SET state = 'pending', attempts = 0, first_attempt_at = NULL, due_at = NULL,
                 settled_at = NULL, failed_at = NULL FROM asked WHERE d.id = asked.id RETURNING d.lane`,
        values: [subscriptionId, since ?? null, until ?? null, eventIds ?? null, atMost],
      });
      await tx.query({
        name: 'delivery-replay-first',
        text: `UPDATE delivery SET due_at = $3 WHERE due_at IS NULL AND id IN (
                 SELECT min(id) FROM delivery WHERE subscription_id = $1 AND lane = ANY($2::text[]) AND state = 'pending'
                 GROUP BY lane)`,
        values: [subscriptionId, [...new Set(again.map(({ lane }) => lane))], now],
      });
      return again.length;
    });
  }
}
