import { Injectable } from '@nestjs/common';
import type { Subscription } from 'fhir/r4';
import { everyone, FhirError, parseJson } from '#fhir';
import { FhirStore, type Stored } from '#fhir-store';
import { Database } from '#postgres';
import type { Delivery } from '../domain/delivery.js';
import { inStatus } from '../domain/subscription-rules.js';
import { shareTurn } from './delivery-turn.js';
import { forgetUnwritten } from './note-subscriber.js';
import { SettleDelivery } from './settle-delivery.js';

/** The endpoint answered the handshake: from now on it is told. */
@Injectable()
export class ActivateSubscription {
  constructor(
    private readonly store: FhirStore,
    private readonly settleDelivery: SettleDelivery,
    private readonly database: Database,
  ) {}

  /** @param stored the version that the handshake was sent for */
  async execute(handshake: Delivery, stored: Stored): Promise<void> {
    const resource = inStatus(parseJson(stored.content) as Subscription, 'active');
    const { audience, version, id } = stored;
    const { correlationId } = handshake;
    const act = { agent: 'subscriptions', interaction: 'activate-subscription', correlationId };
    try {
      await this.database.transaction(everyone, async (tx) => {
        await shareTurn(id, tx);
        await forgetUnwritten(stored, tx);
        await this.store.commit([{ interaction: 'update', resource, audience, version }], act, tx);
        await this.settleDelivery.end(handshake, 'delivered', tx);
        await tx.query({
          text: 'UPDATE channel SET is_open = true, version = $2 WHERE subscription_id = $1 AND version < $2',
          values: [id, version + 1],
        });
      });
    } catch (error) {
      if (!(error instanceof FhirError) || error.status !== 409) throw error;
      // Its owner changed it meanwhile: that version has a handshake of its own.
      await this.settleDelivery.execute(handshake, 'cancelled');
    }
  }
}
