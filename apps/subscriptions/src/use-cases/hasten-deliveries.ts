import { Injectable } from '@nestjs/common';
import type { Session } from '#postgres';
import { Platform } from '#service';

/** A Subscription was changed: what waits for its next try is looked at now, with all its tries before it. */
@Injectable()
export class HastenDeliveries {
  constructor(private readonly platform: Platform) {}

  async execute(subscriptionId: string, tx: Session): Promise<void> {
    const now = this.platform.now();
    await tx.query({
      name: 'delivery-hasten',
      text: `UPDATE delivery SET due_at = $2, attempts = 0, tries = 0, first_attempt_at = NULL, leased_until = NULL
             WHERE subscription_id = $1 AND state = 'pending' AND attempts > 0
               AND (leased_until IS NULL OR leased_until < $2)`,
      values: [subscriptionId, now],
    });
    await tx.query({
      name: 'channel-hasten',
      text: 'UPDATE channel SET failing_since = NULL, not_before = NULL WHERE subscription_id = $1',
      values: [subscriptionId],
    });
  }
}
