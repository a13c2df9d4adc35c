import { Injectable } from '@nestjs/common';
import type { Endpoint } from 'fhir/r4';
import { idIn, parseJson } from '#fhir';
import type { Session } from '#postgres';
import { OwnersRecords, Platform } from '#service';
import { addressesOf, changedAddressesOf } from '../../domain/messages/message-endpoint.js';

/**
 * An Endpoint appeared or changed: what waits for one is tried now, and what failed at another place begins its tries anew. What
 * waits for its next try at this place goes on waiting, whatever else of the Endpoint is written.
 */
@Injectable()
export class HastenMessages {
  constructor(
    private readonly owners: OwnersRecords,
    private readonly platform: Platform,
  ) {}

  async execute(endpoint: Endpoint, tx: Session): Promise<void> {
    const requester = idIn(endpoint.managingOrganization, 'Organization');
    if (requester === undefined) return;
    const changed = changedAddressesOf(endpoint, await this.#before(endpoint));
    await tx.query({
      name: 'message-hasten',
      text: `UPDATE outgoing_message
             SET due_at = $4, attempts = CASE WHEN address = ANY ($3::text[]) THEN 0 ELSE attempts END
             WHERE state = 'pending' AND requester = $1 AND (leased_until IS NULL OR leased_until < $4)
               AND (address = ANY ($3::text[]) OR (told = 'unaddressed' AND address = ANY ($2::text[])))`,
      values: [requester, addressesOf(endpoint), changed, this.platform.now()],
    });
  }

  /** As it was until this change; undefined where it is new. */
  async #before({ id = '', meta }: Endpoint): Promise<Endpoint | undefined> {
    const version = Number(meta?.versionId ?? 1) - 1;
    if (version < 1) return undefined;
    const { deleted, content } = await this.owners.version('activity-directory', { type: 'Endpoint', id, version });
    return deleted ? undefined : (parseJson(content) as Endpoint);
  }
}
