import { Injectable } from '@nestjs/common';
import { everyone } from '#fhir';
import { FhirStore, type Write } from '#fhir-store';
import { Database, type Session } from '#postgres';
import { Platform } from '#service';
import { triedBundle, type Tried } from '../../domain/messages/tried-bundle.js';
import type { ClaimedMessage } from './claim-messages.js';

export interface MessageSettled extends Omit<Tried, 'at'> {
  /** When it is tried again; absent where it has ended. */
  again?: Date;
  /** Unless false it is told. */
  isNews?: boolean;
}

/** Writes down one try of a message, and tells it by event to who composed it: both or neither. */
@Injectable()
export class SettleMessage {
  constructor(
    private readonly store: FhirStore,
    private readonly database: Database,
    private readonly platform: Platform,
  ) {}

  async execute(message: ClaimedMessage, settled: MessageSettled): Promise<void> {
    await this.database.transaction(everyone, async (tx) => {
      // A process that outlived its lease must not undo the next one's.
      const [mine] = await tx.query({
        name: 'message-settle',
        text: `UPDATE outgoing_message SET state = $3, attempts = $4, told = $5, due_at = coalesce($6, due_at), leased_until = NULL,
                 settled_at = CASE WHEN $3 = 'pending' THEN NULL ELSE $7::timestamptz END
               WHERE communication_id = $1 AND attempts = $2 AND state = 'pending' RETURNING 1`,
        values: [
          message.communicationId,
          message.attempts,
          settled.again ? 'pending' : settled.state,
          settled.tries,
          settled.state,
          settled.again ?? null,
          this.platform.now(),
        ],
      });
      // That there is no Endpoint yet is no news twice.
      const isOld = settled.state === 'unaddressed' && message.told === 'unaddressed';
      if (mine !== undefined && settled.isNews !== false && !isOld) await this.#tell(message, settled, tx);
    });
  }

  async #tell(message: ClaimedMessage, settled: MessageSettled, tx: Session): Promise<void> {
    const { communicationId, requester, persons, correlationId } = message;
    const resource = triedBundle(message, { ...settled, at: this.platform.now().toISOString() });
    const before = await this.store.read('Bundle', communicationId, everyone, tx);
    const shared = { resource, audience: [requester], persons, event: 'message-tried.v1' };
    const write: Write =
      before === undefined
        ? { interaction: 'create', ...shared }
        : { interaction: 'update', ...shared, version: before.version };
    await this.store.commit([write], { agent: 'subscriptions', interaction: 'send-message', correlationId }, tx);
  }
}
