import { Injectable } from '@nestjs/common';
import { everyone } from '#fhir';
import { Database } from '#postgres';
import { Platform } from '#service';

/** A heartbeat for each Subscription whose time has come; one that has not been sent yet is enough. */
@Injectable()
export class QueueHeartbeats {
  constructor(
    private readonly database: Database,
    private readonly platform: Platform,
  ) {}

  async execute(): Promise<void> {
    await this.database.as(everyone).query({
      name: 'heartbeats',
      text: `WITH due AS (
               UPDATE channel SET heartbeat_at = $1::timestamptz + heartbeat_seconds * interval '1 second'
               WHERE heartbeat_at <= $1 AND is_open RETURNING subscription_id)
             INSERT INTO delivery (subscription_id, kind, lane, event_id, correlation_id, created_at, due_at)
             SELECT subscription_id, 'heartbeat', 'heartbeat', beat.id, beat.id::text, $1, $1
             FROM due CROSS JOIN LATERAL (SELECT gen_random_uuid() AS id, due.subscription_id AS of) AS beat
             WHERE NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.subscription_id = due.subscription_id
                               AND d.lane = 'heartbeat' AND d.state = 'pending')`,
      values: [this.platform.now()],
    });
  }
}
