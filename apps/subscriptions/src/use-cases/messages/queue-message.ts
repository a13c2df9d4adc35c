import { Injectable } from '@nestjs/common';
import type { Communication } from 'fhir/r4';
import { Unprocessable } from '#messaging';
import type { Session } from '#postgres';
import { Platform } from '#service';
import { outgoingMessageOf } from '../../domain/messages/outgoing-message.js';

/** A message was composed, or is to be sent once more: it is queued. */
@Injectable()
export class QueueMessage {
  constructor(private readonly platform: Platform) {}

  async execute(communication: Communication, tx: Session): Promise<void> {
    const message = outgoingMessageOf(communication);
    if (!message) throw new Unprocessable('The Communication of a message lacks its ids, its number or its address.');
    const now = this.platform.now();
    // What arrived is not sent again, whatever comes late.
    await tx.query({
      name: 'message-queue',
      text: `INSERT INTO outgoing_message AS m (communication_id, referral, number, bundle_id, message_id, request_id,
               correlation_id, requester, address, persons, state, created_at, due_at, settled_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, CASE WHEN $11 = 'skipped' THEN $12::timestamptz END)
             ON CONFLICT (communication_id) DO UPDATE
             SET state = 'pending', attempts = 0, told = NULL, due_at = $12, leased_until = NULL, settled_at = NULL
             WHERE m.state IN ('pending', 'stopped')`,
      values: [
        message.communicationId,
        message.referral,
        message.number,
        message.bundleId,
        message.messageId,
        message.requestId,
        message.correlationId,
        message.requester,
        message.address,
        message.persons,
        message.bundleId === null ? 'skipped' : 'pending',
        now,
      ],
    });
  }
}
