import { Injectable } from '@nestjs/common';
import type { Subscription } from 'fhir/r4';
import { everyone, parseJson } from '#fhir';
import { FhirStore, type Stored } from '#fhir-store';
import { Database, type Session } from '#postgres';
import { Platform } from '#service';
import { inStatus } from '../domain/subscription-rules.js';
import { takeTurn } from './delivery-turn.js';
import { forgetUnwritten } from './note-subscriber.js';

export interface Ending {
  /** `error`: paused, what waits for it waits on; `off`: what waits is not told. */
  status: 'off' | 'error';
  /** For the subscriber: codes and counts, never personal data. */
  error?: string;
  /** Only where no call has succeeded since then. */
  failingSince?: Date;
  correlationId: string;
}

/**
 * Ginnel itself pauses a Subscription or turns it off, together with what waits for it: both or neither. Where its owner
 * changed it meanwhile nothing happens and the commit's conflict (409) is thrown.
 */
@Injectable()
export class EndSubscription {
  constructor(
    private readonly store: FhirStore,
    private readonly database: Database,
    private readonly platform: Platform,
  ) {}

  async execute(stored: Stored, { status, error, failingSince, correlationId }: Ending): Promise<void> {
    const resource = inStatus(parseJson(stored.content) as Subscription, status, error);
    const { audience, version, id } = stored;
    const act = { agent: 'subscriptions', interaction: 'end-subscription', correlationId };
    const event = status === 'error' ? 'subscription-paused.v1' : 'subscription-ended.v1';
    await this.database.transaction(everyone, async (tx) => {
      await takeTurn([id], tx);
      if (failingSince && !(await stillFails(id, failingSince, tx))) return;
      await forgetUnwritten(stored, tx);
      await this.store.commit([{ interaction: 'update', resource, audience, version, event }], act, tx);
      await tx.query({
        text: 'UPDATE channel SET is_open = false, version = $2 WHERE subscription_id = $1 AND version < $2',
        values: [id, version + 1],
      });
      if (status === 'error') return;
      await cancelWaiting(id, this.platform.now(), tx);
    });
  }
}

/** Nothing of what waits for it is told; within a transaction that has the turn. */
export async function cancelWaiting(subscriptionId: string, now: Date, tx: Session): Promise<void> {
  await tx.query({
    text: `UPDATE delivery SET state = 'cancelled', payload = NULL, leased_until = NULL, settled_at = $2
           WHERE subscription_id = $1 AND state = 'pending'`,
    values: [subscriptionId, now],
  });
}

/** Who settles a call waits for the turn, so it stays true until commit. */
async function stillFails(subscriptionId: string, since: Date, tx: Session): Promise<boolean> {
  const failing = await tx.query({
    text: 'SELECT 1 FROM channel WHERE subscription_id = $1 AND failing_since <= $2',
    values: [subscriptionId, since],
  });
  return failing.length > 0;
}
