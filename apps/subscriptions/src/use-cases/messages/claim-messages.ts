import { Injectable } from '@nestjs/common';
import { everyone } from '#fhir';
import { Database } from '#postgres';
import { Platform } from '#service';
import type { OutgoingMessage } from '../../domain/messages/outgoing-message.js';

/** One try of a message. */
export interface ClaimedMessage extends OutgoingMessage {
  bundleId: string;
  /** This one included. */
  attempts: number;
  /** What its followers heard last. */
  told: string | null;
}

/** Longer than one try can take: after it the process that claimed a row is taken for dead. */
const leaseMs = 60_000;

/** Takes due messages for this process: of each referral only the next one, once all before it have ended. */
@Injectable()
export class ClaimMessages {
  constructor(
    private readonly database: Database,
    private readonly platform: Platform,
  ) {}

  async execute(atMost: number): Promise<ClaimedMessage[]> {
    const now = this.platform.now();
    return this.database.as(everyone).query<ClaimedMessage>({
      name: 'message-claim',
      text: `
        WITH due AS (
          SELECT communication_id FROM outgoing_message AS m
          WHERE state = 'pending' AND due_at <= $1 AND (leased_until IS NULL OR leased_until < $1)
            AND (number = 1 OR EXISTS (
              SELECT 1 FROM outgoing_message AS before
              WHERE before.referral = m.referral AND before.number = m.number - 1 AND before.state <> 'pending'))
          ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED)
        UPDATE outgoing_message AS m SET leased_until = $3, attempts = m.attempts + 1
        FROM due WHERE m.communication_id = due.communication_id
        RETURNING m.communication_id AS "communicationId", m.referral, m.number, m.bundle_id AS "bundleId",
          m.message_id AS "messageId", m.request_id AS "requestId", m.correlation_id AS "correlationId",
          m.requester, m.address, m.persons, m.attempts, m.told`,
      values: [now, atMost, new Date(now.getTime() + leaseMs)],
    });
  }
}
