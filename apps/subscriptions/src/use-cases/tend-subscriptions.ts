import { Injectable } from '@nestjs/common';
import { everyone, FhirError } from '#fhir';
import { Database } from '#postgres';
import { Platform } from '#service';
import { hasEnded } from '../domain/subscription-rules.js';
import { EndSubscription, type Ending } from './end-subscription.js';
import { FindListeners, type Listener } from './find-listeners.js';

/** How long settled deliveries are counted. */
const keptMs = 30 * 24 * 3_600_000;

/** From time to time: turns off what has ended, and forgets deliveries that were settled long ago. */
@Injectable()
export class TendSubscriptions {
  constructor(
    private readonly findListeners: FindListeners,
    private readonly endSubscription: EndSubscription,
    private readonly database: Database,
    private readonly platform: Platform,
  ) {}

  async execute(): Promise<void> {
    for (const listener of await this.findListeners.execute()) {
      const ending = this.#endingOf(listener);
      if (ending) await this.#end(listener, { ...ending, correlationId: this.platform.newId() });
    }
    await this.database.as(everyone).query({
      text: `DELETE FROM delivery WHERE state <> 'pending' AND settled_at < $1`,
      values: [new Date(this.platform.now().getTime() - keptMs)],
    });
  }

  #endingOf({ subscription, query }: Listener): Omit<Ending, 'correlationId'> | undefined {
    if (hasEnded(subscription, this.platform.now())) return { status: 'off' };
    return query ? undefined : { status: 'error', error: 'This release does not understand the criteria any more.' };
  }

  async #end({ stored }: Listener, ending: Ending): Promise<void> {
    try {
      await this.endSubscription.execute(stored, ending);
    } catch (error) {
      // Its owner, or another process, was faster: next time it is looked at again.
      if (!(error instanceof FhirError) || error.status !== 409) throw error;
    }
  }
}
