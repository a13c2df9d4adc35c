import { Injectable } from '@nestjs/common';
import type { Endpoint } from 'fhir/r4';
import type { Session } from '#postgres';
import { Platform } from '#service';
import { addressesOf } from '../../domain/messages/message-endpoint.js';

/** An Endpoint appeared or changed: what waits for its address is tried now. */
@Injectable()
export class HastenMessages {
  constructor(private readonly platform: Platform) {}

  async execute(endpoint: Endpoint, tx: Session): Promise<void> {
    await tx.query({
      name: 'message-hasten',
      text: `UPDATE outgoing_message SET due_at = $2 WHERE state = 'pending' AND address = ANY ($1::text[])
               AND (leased_until IS NULL OR leased_until < $2)`,
      values: [addressesOf(endpoint), this.platform.now()],
    });
  }
}
