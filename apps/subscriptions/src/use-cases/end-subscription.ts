import { Injectable } from '@nestjs/common';
import type { Subscription } from 'fhir/r4';
import { everyone, parseJson } from '#fhir';
import { FhirStore, type Stored } from '#fhir-store';
import { Database } from '#postgres';
import { Platform } from '#service';
import { inStatus } from '../domain/subscription-rules.js';

export interface Ending {
  status: 'off' | 'error';
  /** For the subscriber: codes and counts, never personal data. */
  error?: string;
  correlationId: string;
}

/**
 * Ginnel itself turns a Subscription off, together with what waits for it: both or neither. Where its owner changed it
 * meanwhile nothing happens and the commit's conflict (409) is thrown.
 */
@Injectable()
export class EndSubscription {
  constructor(
    private readonly store: FhirStore,
    private readonly database: Database,
    private readonly platform: Platform,
  ) {}

  async execute(stored: Stored, { status, error, correlationId }: Ending): Promise<void> {
    const resource = inStatus(parseJson(stored.content) as Subscription, status, error);
    const { audience, version, id } = stored;
    const act = { agent: 'subscriptions', interaction: 'end-subscription', correlationId };
    await this.database.transaction(everyone, async (tx) => {
      await this.store.commit([{ interaction: 'update', resource, audience, version }], act, tx);
      await tx.query({
        text: `UPDATE delivery SET state = $2, payload = NULL, leased_until = NULL, settled_at = $3,
                 failed_at = CASE WHEN $2 = 'failed' THEN $3 ELSE failed_at END
               WHERE subscription_id = $1 AND state = 'pending'`,
        values: [id, status === 'error' ? 'failed' : 'cancelled', this.platform.now()],
      });
    });
  }
}
