import { Injectable } from '@nestjs/common';
import { everyone } from '#fhir';
import { Database } from '#postgres';
import { Platform } from '#service';
import type { Delivery } from '../domain/delivery.js';

/** Longer than one delivery can take: after it the process that claimed a row is taken for dead. */
const leaseMs = 60_000;

/** Takes due notifications for this process: of each Subscription only its oldest, so that they are sent in order. */
@Injectable()
export class ClaimDeliveries {
  constructor(
    private readonly database: Database,
    private readonly platform: Platform,
  ) {}

  async execute(atMost: number): Promise<Delivery[]> {
    const now = this.platform.now();
    return this.database.as(everyone).query<Delivery>({
      name: 'delivery-claim',
      // The oldest of each Subscription by one index probe each, however long its queue is.
      text: `
        WITH RECURSIVE oldest AS (
          (SELECT subscription_id, id FROM delivery WHERE state = 'pending' ORDER BY subscription_id, id LIMIT 1)
          UNION ALL
          SELECT following.subscription_id, following.id FROM oldest, LATERAL (
            SELECT subscription_id, id FROM delivery WHERE state = 'pending' AND subscription_id > oldest.subscription_id
            ORDER BY subscription_id, id LIMIT 1) AS following),
        due AS (
          SELECT id FROM delivery
          WHERE id IN (SELECT id FROM oldest) AND state = 'pending' AND due_at <= $1
            AND (leased_until IS NULL OR leased_until < $1)
          ORDER BY due_at, id LIMIT $2 FOR UPDATE SKIP LOCKED)
        UPDATE delivery AS d
        SET leased_until = $3, attempts = d.attempts + 1, first_attempt_at = coalesce(d.first_attempt_at, $1)
        FROM due WHERE d.id = due.id
        RETURNING d.id, d.subscription_id AS "subscriptionId", d.event_id AS "eventId", d.correlation_id AS "correlationId",
          d.payload, d.persons, d.attempts, d.first_attempt_at AS "firstAttemptAt"`,
      values: [now, atMost, new Date(now.getTime() + leaseMs)],
    });
  }
}
