import { Injectable } from '@nestjs/common';
import { everyone } from '#fhir';
import { Database } from '#postgres';
import type { DeliveryState } from '../domain/delivery.js';

export interface DeliveryCounts {
  /** How many there were ever. */
  events: number;
  counts: Record<DeliveryState, number>;
  lastSuccess?: Date;
  lastFailure?: Date;
}

interface Row {
  state: DeliveryState;
  deliveries: number;
  settled: Date | null;
  failed: Date | null;
}

/** How the notifications of one Subscription fare. */
@Injectable()
export class CountDeliveries {
  constructor(private readonly database: Database) {}

  async execute(subscriptionId: string): Promise<DeliveryCounts> {
    const rows = await this.database.as(everyone).query<Row>({
      name: 'delivery-count',
      text: `SELECT state, (count(*) FILTER (WHERE kind = 'event'))::int AS deliveries, max(settled_at) AS settled, max(failed_at) AS failed
             FROM delivery WHERE subscription_id = $1 GROUP BY state`,
      values: [subscriptionId],
    });
    const [channel] = await this.database.as(everyone).query<{ events: number }>({
      name: 'channel-count',
      text: 'SELECT events FROM channel WHERE subscription_id = $1',
      values: [subscriptionId],
    });
    const counts = { pending: 0, delivered: 0, failed: 0, cancelled: 0 };
    for (const { state, deliveries } of rows) counts[state] = deliveries;
    const lastSuccess = rows.find(({ state }) => state === 'delivered')?.settled;
    const lastFailure = latest(rows.map(({ failed }) => failed));
    return {
      events: channel?.events ?? 0,
      counts,
      ...(lastSuccess ? { lastSuccess } : {}),
      ...(lastFailure ? { lastFailure } : {}),
    };
  }
}

function latest(times: readonly (Date | null)[]): Date | undefined {
  return times.filter((time) => time !== null).sort((a, b) => b.getTime() - a.getTime())[0];
}
