import { Injectable } from '@nestjs/common';
import { everyone } from '#fhir';
import { Database } from '#postgres';
import { Platform } from '#service';
import type { Delivery } from '../domain/delivery.js';

/** Writes down what became of one notification. */
@Injectable()
export class SettleDelivery {
  constructor(
    private readonly database: Database,
    private readonly platform: Platform,
  ) {}

  /** `again`: it failed and is tried once more at that time. */
  async execute({ id, attempts }: Delivery, outcome: 'delivered' | 'cancelled' | { again: Date }): Promise<void> {
    const session = this.database.as(everyone);
    const now = this.platform.now();
    if (typeof outcome === 'string') {
      await session.query({
        name: 'delivery-settle',
        text: `UPDATE delivery SET state = $2, payload = NULL, leased_until = NULL, settled_at = $3
               WHERE id = $1 AND state = 'pending'`,
        values: [id, outcome, now],
      });
      return;
    }
    // A process that outlived its lease must not undo the next one's.
    await session.query({
      name: 'delivery-again',
      text: `UPDATE delivery SET due_at = $3, failed_at = $4, leased_until = NULL
             WHERE id = $1 AND attempts = $2 AND state = 'pending'`,
      values: [id, attempts, outcome.again, now],
    });
  }
}
