import { Injectable } from '@nestjs/common';
import type { Subscription } from 'fhir/r4';
import type { Session } from '#postgres';
import { Platform } from '#service';
import { heartbeatOf } from '../domain/backport.js';
import { receiverAt } from '../domain/endpoint.js';
import { takeTurn } from './delivery-turn.js';
import { HastenDeliveries } from './hasten-deliveries.js';

/** A version of a Subscription, as its event told. */
export interface Changed {
  id: string;
  version: number;
  /** Undefined where it was deleted. */
  subscription: Subscription | undefined;
  /** The event's. */
  eventId: string;
  correlationId: string;
}

/** What a change of a Subscription means for the calls to it: begun by a handshake, looked at now, or ended. */
@Injectable()
export class FollowSubscription {
  constructor(
    private readonly hastenDeliveries: HastenDeliveries,
    private readonly platform: Platform,
  ) {}

  async execute(changed: Changed, tx: Session): Promise<void> {
    const { id, subscription } = changed;
    await takeTurn([id], tx);
    if (!(await this.#isNews(changed, tx))) return;
    switch (subscription?.status) {
      case undefined:
      case 'off':
        return this.#cancel(id, ['event', 'handshake', 'heartbeat'], tx);
      case 'requested':
        await this.#cancel(id, ['handshake'], tx);
        await this.hastenDeliveries.execute(id, tx);
        return this.#shakeHands(changed, tx);
      case 'active':
        return this.hastenDeliveries.execute(id, tx);
      case 'error':
        return;
    }
  }

  /** False where the calls know a later version already. */
  async #isNews({ id, version, subscription }: Changed, tx: Session): Promise<boolean> {
    const seconds = subscription && heartbeatOf(subscription);
    const firstAt = seconds === undefined ? null : new Date(this.platform.now().getTime() + seconds * 1_000);
    const receiver = receiverAt(subscription?.channel.endpoint);
    const news = await tx.query({
      name: 'channel-follow',
      text: `INSERT INTO channel AS c (subscription_id, version, is_open, receiver, heartbeat_seconds, heartbeat_at)
             VALUES ($1, $2, $3, $6, $4, $5)
             ON CONFLICT (subscription_id) DO UPDATE
             SET version = excluded.version, is_open = excluded.is_open, receiver = excluded.receiver,
               heartbeat_seconds = excluded.heartbeat_seconds, heartbeat_at = CASE WHEN c.heartbeat_seconds = excluded.heartbeat_seconds THEN c.heartbeat_at
                                   ELSE excluded.heartbeat_at END
             WHERE c.version < excluded.version RETURNING subscription_id`,
      values: [id, version, subscription?.status === 'active', seconds ?? null, firstAt, receiver ?? null],
    });
    return news.length > 0;
  }

  async #cancel(id: string, kinds: readonly string[], tx: Session): Promise<void> {
    await tx.query({
      name: 'delivery-cancel',
      text: `UPDATE delivery SET state = 'cancelled', payload = NULL, leased_until = NULL, settled_at = $2
             WHERE subscription_id = $1 AND state = 'pending' AND kind = ANY($3::text[])`,
      values: [id, this.platform.now(), kinds],
    });
  }

  async #shakeHands({ id, eventId, correlationId }: Changed, tx: Session): Promise<void> {
    await tx.query({
      name: 'delivery-handshake',
      text: `INSERT INTO delivery (subscription_id, kind, lane, event_id, correlation_id, created_at, due_at)
             VALUES ($1, 'handshake', 'handshake', $2, $3, $4, $4) ON CONFLICT (subscription_id, event_id) DO NOTHING`,
      values: [id, eventId, correlationId, this.platform.now()],
    });
  }
}
