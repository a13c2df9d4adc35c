import { Injectable } from '@nestjs/common';
import { everyone, FhirError } from '#fhir';
import { Database } from '#postgres';
import { Platform } from '#service';
import { receiverAt } from '../domain/endpoint.js';
import { hasEnded } from '../domain/subscription-rules.js';
import { takeTurn } from './delivery-turn.js';
import { cancelWaiting, EndSubscription, type Ending } from './end-subscription.js';
import { FindListeners, type Listener } from './find-listeners.js';
import { PublishTopics } from './publish-topics.js';

const day = 24 * 3_600_000;
/** How long it is known what was told, and a paused Subscription waits to be mended. */
const keptMs = 30 * day;
/** How long every call fails until nobody is called any more. */
const patienceMs = 5 * day;

/** A channel on which every call has failed since then. */
interface Failing {
  subscriptionId: string;
  since: Date;
}

/** From time to time: shows the topics, pauses what has failed for days, turns off what has ended, lets nothing wait for it, and forgets what was settled long ago. */
@Injectable()
export class TendSubscriptions {
  constructor(
    private readonly findListeners: FindListeners,
    private readonly endSubscription: EndSubscription,
    private readonly publishTopics: PublishTopics,
    private readonly database: Database,
    private readonly platform: Platform,
  ) {}

  async execute(): Promise<void> {
    await this.publishTopics.execute();
    const session = this.database.as(everyone);
    const failing = await session.query<Failing>({
      text: `SELECT subscription_id AS "subscriptionId", failing_since AS since FROM channel WHERE failing_since <= $1`,
      values: [this.#ago(patienceMs)],
    });
    const since = new Map(failing.map((one) => [one.subscriptionId, one.since]));
    const listeners = await this.findListeners.execute();
    await this.#noteReceivers(listeners);
    for (const listener of listeners) {
      const ending = this.#endingOf(listener, since.get(listener.stored.id));
      if (ending) await this.#end(listener, { ...ending, correlationId: this.platform.newId() });
    }
    await this.#cancelOfEnded(listeners);
    await session.query({
      text: `DELETE FROM delivery WHERE state <> 'pending' AND settled_at < $1`,
      values: [this.#ago(keptMs)],
    });
  }

  /** Of those that were followed by a release that did not note them. */
  async #noteReceivers(listeners: readonly Listener[]): Promise<void> {
    const receivers = listeners.map(({ subscription }) => receiverAt(subscription.channel.endpoint) ?? null);
    await this.database.as(everyone).query({
      name: 'channel-receivers',
      text: `UPDATE channel AS c SET receiver = l.receiver FROM unnest($1::text[], $2::text[]) AS l (id, receiver)
             WHERE c.subscription_id = l.id AND c.receiver IS NULL AND l.receiver IS NOT NULL`,
      values: [listeners.map(({ stored }) => stored.id), receivers],
    });
  }

  /** Whoever queues an event looks at who listens first: one that ended meanwhile is told nothing, and its payload goes. */
  async #cancelOfEnded(listeners: readonly Listener[]): Promise<void> {
    const silent = await this.database.as(everyone).query<{ id: string }>({
      name: 'channel-silent',
      text: `SELECT subscription_id AS id FROM channel AS c WHERE subscription_id <> ALL($1::text[])
             AND EXISTS (SELECT 1 FROM delivery AS d WHERE d.subscription_id = c.subscription_id AND d.state = 'pending')`,
      values: [listeners.map(({ stored }) => stored.id)],
    });
    for (const { id } of silent) {
      await this.database.transaction(everyone, async (tx) => {
        await takeTurn([id], tx);
        // It may have begun since.
        const listening = await this.findListeners.execute();
        if (listening.some(({ stored }) => stored.id === id)) return;
        await cancelWaiting(id, this.platform.now(), tx);
      });
    }
  }

  #endingOf(
    { subscription, query, stored }: Listener,
    failingSince: Date | undefined,
  ): Omit<Ending, 'correlationId'> | undefined {
    const { status } = subscription;
    if (hasEnded(subscription, this.platform.now())) return { status: 'off' };
    if (status === 'error') return stored.lastUpdated < this.#ago(keptMs) ? forgotten : undefined;
    if (!query) return { status: 'error', error: 'This release does not understand the criteria any more.' };
    // One that was written since is mended, and nobody may have told its channel yet.
    if (status !== 'active' || !failingSince || failingSince < stored.lastUpdated) return undefined;
    return {
      status: 'error',
      failingSince,
      error: `Every call has failed since ${failingSince.toISOString()}: it is paused.`,
    };
  }

  #ago(ms: number): Date {
    return new Date(this.platform.now().getTime() - ms);
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

const forgotten = { status: 'off', error: 'It was paused for 30 days and turned off.' } as const;
