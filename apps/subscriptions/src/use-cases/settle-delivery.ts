import { Injectable } from '@nestjs/common';
import { everyone } from '#fhir';
import { Database, type Session } from '#postgres';
import { Platform } from '#service';
import type { Delivery } from '../domain/delivery.js';
import { shareTurn } from './delivery-turn.js';

/**
 * `delivered`, `failed` and `cancelled` are the end. `held`: by this version of the Subscription it is not called just now; the
 * notification waits as it was. `untried`: it could not be made ready, which is no try; looked at again at that time.
 */
export type Settlement = 'delivered' | 'failed' | 'cancelled' | FailedCall | { held: number } | { untried: Date };

export interface FailedCall {
  /** When it is tried once more; undefined where it is given up. */
  again: Date | undefined;
  /** Until when the receiver asked to be left alone. */
  notBefore?: Date | undefined;
  /** Which version of the Subscription was called. */
  version: number;
}

/** Writes down what became of one call, and lets the next of its lane go. */
@Injectable()
export class SettleDelivery {
  constructor(
    private readonly database: Database,
    private readonly platform: Platform,
  ) {}

  async execute(delivery: Delivery, settlement: Settlement): Promise<void> {
    if (typeof settlement === 'string') {
      await this.end(delivery, settlement, this.database.as(everyone));
      return;
    }
    await this.database.transaction(everyone, async (tx) => {
      await shareTurn(delivery.subscriptionId, tx);
      if ('held' in settlement) await this.#hold(delivery, settlement.held, tx);
      else if ('untried' in settlement) await this.#takeBack(delivery, settlement.untried, tx);
      else await this.#fail(delivery, settlement, tx);
    });
  }

  /** Shares the turn, and lets the next of its lane go. False where another process has the call by now, or has ended it. */
  async end(
    { id, subscriptionId, attempts }: Delivery,
    state: 'delivered' | 'failed' | 'cancelled',
    session: Session,
  ): Promise<boolean> {
    const [answer] = await session.query<{ ended: boolean }>({
      name: 'delivery-end',
      text: 'SELECT delivery_end($1, $2, $3, $4, $5) AS ended',
      values: [id, attempts, state, this.platform.now(), subscriptionId],
    });
    return answer?.ended === true;
  }

  /** Of a Subscription that was changed while the call was open it says nothing: that is tried at once, from its first try on. */
  async #fail(delivery: Delivery, { again, notBefore, version }: FailedCall, tx: Session): Promise<void> {
    const { subscriptionId, attempts, tries } = delivery;
    if (await this.#isNewerThan(version, subscriptionId, tx)) {
      await this.#postpone(delivery, { until: this.platform.now(), attempts: 0, tries: 0 }, tx);
      return;
    }
    const failed = again
      ? await this.#postpone(delivery, { until: again, attempts, tries: tries + 1 }, tx)
      : await this.end(delivery, 'failed', tx);
    if (failed) await this.#fails(subscriptionId, notBefore, tx);
  }

  async #isNewerThan(version: number, subscriptionId: string, tx: Session): Promise<boolean> {
    const newer = await tx.query({
      name: 'channel-newer',
      text: 'SELECT 1 FROM channel WHERE subscription_id = $1 AND version > $2',
      values: [subscriptionId, version],
    });
    return newer.length > 0;
  }

  async #postpone(
    { id, attempts }: Delivery,
    { until, ...counted }: { until: Date; attempts: number; tries: number },
    tx: Session,
  ): Promise<boolean> {
    const postponed = await tx.query({
      name: 'delivery-again',
      text: `UPDATE delivery SET due_at = $3, failed_at = $4, attempts = $5, tries = $6, leased_until = NULL
             WHERE id = $1 AND attempts = $2 AND state = 'pending' RETURNING id`,
      values: [id, attempts, until, this.platform.now(), counted.attempts, counted.tries],
    });
    return postponed.length > 0;
  }

  async #hold({ id, subscriptionId, attempts }: Delivery, version: number, tx: Session): Promise<void> {
    await this.#takeBack({ id, attempts }, null, tx);
    await tx.query({
      name: 'channel-close',
      // Whoever follows the Subscription has not come to this version yet, and opens it again where it may.
      text: 'UPDATE channel SET is_open = false WHERE subscription_id = $1 AND version < $2',
      values: [subscriptionId, version],
    });
  }

  async #takeBack({ id, attempts }: Pick<Delivery, 'id' | 'attempts'>, until: Date | null, tx: Session): Promise<void> {
    await tx.query({
      name: 'delivery-take-back',
      text: `UPDATE delivery SET attempts = attempts - 1, leased_until = $3
             WHERE id = $1 AND attempts = $2 AND state = 'pending'`,
      values: [id, attempts, until],
    });
  }

  /** What the receiver asked for holds, also against a call that was open when it did. */
  async #fails(subscriptionId: string, notBefore: Date | undefined, tx: Session): Promise<void> {
    await tx.query({
      name: 'channel-fails',
      text: `UPDATE channel SET failing_since = coalesce(failing_since, $2), not_before = greatest(not_before, $3)
             WHERE subscription_id = $1`,
      values: [subscriptionId, this.platform.now(), notBefore ?? null],
    });
  }
}
