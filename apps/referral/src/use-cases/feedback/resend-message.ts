import { Injectable } from '@nestjs/common';
import type { Communication } from 'fhir/r4';
import type { Caller } from '#auth';
import { FhirError, idIn, parseJson } from '#fhir';
import { type Act, FhirStore, type Stored } from '#fhir-store';
import { isResponseMessage, resent } from '../../domain/feedback/tracking.js';

/** Has a message that was given up, or waits, sent once more: the same bytes under the same ids. */
@Injectable()
export class ResendMessage {
  constructor(private readonly store: FhirStore) {}

  async execute(id: string, caller: Caller, act: Act): Promise<Stored | undefined> {
    const stored = await this.store.read('Communication', id, caller.audience);
    const message = stored && !stored.deleted ? (parseJson(stored.content) as Communication) : undefined;
    if (!stored || !message || !isResponseMessage(message)) {
      throw FhirError.of('not-found', 'There is no message at this address that you may see.');
    }
    const requester = idIn(message.recipient?.[0], 'Organization');
    if (caller.role !== 'integrator' && caller.organisation !== requester) {
      throw FhirError.of('forbidden', 'A message is sent again at the wish of whom it is for.');
    }
    if (!['stopped', 'on-hold', 'in-progress'].includes(message.status)) {
      throw FhirError.of('business-rule', `A message that is ${message.status} is not sent again.`, { status: 422 });
    }
    const { audience, version } = stored;
    const event = 'message-composed.v1';
    const [written] = await this.store.commit(
      [{ interaction: 'update', resource: resent(message), audience, version, event }],
      act,
    );
    return written;
  }
}
