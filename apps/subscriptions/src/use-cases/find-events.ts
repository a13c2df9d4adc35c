import { Injectable } from '@nestjs/common';
import { everyone, type ResourceId } from '#fhir';
import { Database } from '#postgres';

/** Which events of a Subscription; both ends are within. */
export interface EventRange {
  since?: number | undefined;
  until?: number | undefined;
}

/** One event as it was counted: what it was about, and nothing of it. */
export interface CountedEvent {
  number: number;
  at: Date;
  focus: (ResourceId & { version: number }) | null;
}

/** The events of a Subscription of the last 30 days, by number. */
@Injectable()
export class FindEvents {
  constructor(private readonly database: Database) {}

  async execute(subscriptionId: string, { since = 1, until }: EventRange, atMost: number): Promise<CountedEvent[]> {
    return this.database.as(everyone).query<CountedEvent>({
      name: 'delivery-events',
      text: `SELECT number, event_at AS at, CASE WHEN focus_id IS NOT NULL THEN jsonb_build_object(
               'type', focus_type, 'id', focus_id, 'version', focus_version) END AS focus
             FROM delivery WHERE subscription_id = $1 AND number >= $2 AND ($3::int IS NULL OR number <= $3)
             ORDER BY number LIMIT $4`,
      values: [subscriptionId, since, until ?? null, atMost],
    });
  }
}
