import { Injectable } from '@nestjs/common';
import type { Caller } from '#auth';
import { everyone } from '#fhir';
import { Database } from '#postgres';

/** Before a version of a Subscription is written. One that is not written in the end leaves a line that nobody asks for. */
@Injectable()
export class NoteSubscriber {
  constructor(private readonly database: Database) {}

  async execute(subscription: { id: string; version: number }, { client, role, scopes }: Caller): Promise<void> {
    await this.database.as(everyone).query({
      name: 'subscriber-note',
      text: `INSERT INTO subscriber (subscription_id, version, client, role, scopes) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (subscription_id, version) DO UPDATE
             SET client = excluded.client, role = excluded.role, scopes = excluded.scopes`,
      values: [subscription.id, subscription.version, client, role, scopes ?? null],
    });
  }
}
