import { Injectable } from '@nestjs/common';
import { everyone } from '#fhir';
import { Database } from '#postgres';
import { Platform } from '#service';
import type { Delivery } from '../domain/delivery.js';

/** Longer than one delivery can take: after it the process that claimed a row is taken for dead. */
const leaseMs = 60_000;
/** Calls of one process at a time. */
export const callsInAll = 16;
/** Of them to one receiver, whoever subscribed there, and to all those together whose last call failed: the rest is others'. */
const callsOfOne = callsInAll / 2;
/** Calls of one process to one Subscription at a time; one where the last call failed, so that it takes nobody else's turn. */
const callsAtOnce = 4;

/**
 * Takes what is due for this process: of each Subscription a few, of each lane its oldest, so that they are sent in order. First
 * come those of which the fewest calls are open, so that who answers slowly keeps nobody waiting.
 */
@Injectable()
export class ClaimDeliveries {
  constructor(
    private readonly database: Database,
    private readonly platform: Platform,
  ) {}

  /** @param busy how many calls of this process are open, by Subscription */
  async execute(atMost: number, busy: ReadonlyMap<string, number>): Promise<Delivery[]> {
    const now = this.platform.now();
    return this.database.as(everyone).query<Delivery>({
      name: 'delivery-claim',
      // An index probe for each Subscription, and one for each row that is due: rows behind others have no time. A later one
      // of the lane may be open, where what is told again came before it.
      text: `
        WITH open AS (
          SELECT subscription_id, busy.calls, coalesce(c.receiver, subscription_id) AS receiver,
            c.failing_since IS NOT NULL AS fails
          FROM unnest($4::text[], $5::int[]) AS busy (subscription_id, calls) JOIN channel AS c USING (subscription_id)),
        ready AS (
          SELECT first.id, first.due_at, coalesce(c.receiver, c.subscription_id) AS receiver,
            c.failing_since IS NOT NULL AS fails, coalesce(open.calls, 0)
              + row_number() OVER (PARTITION BY c.subscription_id ORDER BY first.due_at, first.id) AS turn
          FROM channel AS c LEFT JOIN open USING (subscription_id)
          CROSS JOIN LATERAL (
            SELECT d.id, d.due_at FROM delivery AS d
            WHERE d.subscription_id = c.subscription_id AND d.state = 'pending' AND d.due_at <= $1
              AND (d.leased_until IS NULL OR d.leased_until < $1) AND (c.is_open OR d.kind = 'handshake')
              AND NOT EXISTS (SELECT 1 FROM delivery AS e WHERE e.subscription_id = d.subscription_id AND e.lane = d.lane
                              AND e.state = 'pending' AND (e.id < d.id OR e.leased_until >= $1))
            ORDER BY d.due_at, d.id
            LIMIT greatest(0, CASE WHEN c.failing_since IS NULL THEN $6::int ELSE 1 END - coalesce(open.calls, 0))
          ) AS first
          WHERE (c.not_before IS NULL OR c.not_before <= $1) AND (c.is_open OR EXISTS (
            SELECT 1 FROM delivery AS h
            WHERE h.subscription_id = c.subscription_id AND h.state = 'pending' AND h.kind = 'handshake'))),
        counted AS (
          SELECT id, due_at, turn, fails,
            row_number() OVER (PARTITION BY receiver ORDER BY turn, due_at, id)
              + coalesce((SELECT sum(calls) FROM open WHERE open.receiver = ready.receiver), 0) AS of_receiver,
            row_number() OVER (PARTITION BY fails ORDER BY turn, due_at, id)
              + coalesce((SELECT sum(calls) FROM open WHERE open.fails), 0) AS of_failing
          FROM ready),
        due AS (
          SELECT id FROM counted WHERE of_receiver <= $7::int AND (NOT fails OR of_failing <= $7::int)
          ORDER BY turn, due_at, id LIMIT $2),
        mine AS (
          SELECT id FROM delivery
          WHERE id IN (SELECT id FROM due) AND state = 'pending' AND due_at <= $1
            AND (leased_until IS NULL OR leased_until < $1)
          FOR UPDATE SKIP LOCKED)
        UPDATE delivery AS d
        SET leased_until = $3, attempts = d.attempts + 1, first_attempt_at = coalesce(d.first_attempt_at, $1)
        FROM mine, channel AS c WHERE d.id = mine.id AND c.subscription_id = d.subscription_id
        RETURNING d.id, d.subscription_id AS "subscriptionId", d.kind, d.event_id AS "eventId", d.number, c.events,
          d.event_at AS "eventAt", d.correlation_id AS "correlationId", d.payload, d.persons, d.attempts, d.tries,
          d.created_at AS "createdAt", CASE WHEN d.focus_id IS NOT NULL THEN jsonb_build_object(
            'type', d.focus_type, 'id', d.focus_id, 'version', d.focus_version, 'deleted', d.focus_deleted) END AS focus`,
      values: [
        ...[now, atMost, new Date(now.getTime() + leaseMs)],
        ...[[...busy.keys()], [...busy.values()], callsAtOnce, callsOfOne],
      ],
    });
  }
}
