import { randomUUID } from 'node:crypto';
import type { Subscription } from 'fhir/r4';
import { BearerTokens } from '#auth';
import { everyone } from '#fhir';
import { FhirStore, type Stored } from '#fhir-store';
import type { Questions } from '#messaging';
import { Database } from '#postgres';
import { heldTypes, migrateServices, OwnersRecords, type Platform, schemaOf, serviceUrl } from '#service';
import { preparedDatabase } from '#testing';
import { type Answer, startReceiver, type WebhookReceiver } from '../../../test/webhook-receiver.js';
import type { Delivery } from '../src/domain/delivery.js';
import { subscriptionsService } from '../src/subscriptions.module.js';
import { ActivateSubscription } from '../src/use-cases/activate-subscription.js';
import { callsInAll, ClaimDeliveries } from '../src/use-cases/claim-deliveries.js';
import { ComposeNotification } from '../src/use-cases/compose-notification.js';
import { DeliverNotification, DeliverySteps } from '../src/use-cases/deliver-notification.js';
import { EndSubscription } from '../src/use-cases/end-subscription.js';
import { FindAddressee } from '../src/use-cases/find-addressee.js';
import { FollowSubscription } from '../src/use-cases/follow-subscription.js';
import { HastenDeliveries } from '../src/use-cases/hasten-deliveries.js';
import { SendWebhook } from '../src/use-cases/send-webhook.js';
import { SettleDelivery } from '../src/use-cases/settle-delivery.js';

/** How a channel fares, as its row says. */
export interface Channel {
  version: number;
  failingSince: Date | null;
  notBefore: Date | null;
}

const { name } = subscriptionsService;
const act = { agent: 'test', interaction: 'test', correlationId: 'test' };

/** The calls of one process, made one by one, without broker and worker; with a clock that can be put forward. */
export class Calls {
  readonly #receivers: WebhookReceiver[] = [];
  #ahead = 0;
  readonly platform: Platform;
  readonly store: FhirStore;
  readonly endSubscription: EndSubscription;
  readonly claimDeliveries: ClaimDeliveries;
  readonly findAddressee: FindAddressee;
  readonly steps: DeliverySteps;
  readonly #deliverNotification: DeliverNotification;
  readonly #followSubscription: FollowSubscription;

  private constructor(
    readonly database: Database,
    private readonly drop: () => Promise<void>,
  ) {
    const settings = { webhookHosts: ['127.0.0.1:*'], baseUrl: 'http://ginnel.test/fhir', subscriptionsAtMost: 100 };
    const now = (): Date => this.now();
    const platform = { now, newId: randomUUID, settings, authenticator: new BearerTokens([]) } as unknown as Platform;
    this.platform = platform;
    this.store = new FhirStore(database, { types: heldTypes(subscriptionsService), cursorSecret: 'test', now });
    const { store } = this;
    const owners = new OwnersRecords({} as Questions);
    const settleDelivery = new SettleDelivery(database, platform);
    this.endSubscription = new EndSubscription(store, database, platform);
    this.claimDeliveries = new ClaimDeliveries(database, platform);
    this.findAddressee = new FindAddressee(store, owners, database, platform);
    this.steps = new DeliverySteps(
      this.findAddressee,
      new ComposeNotification(owners, platform),
      new SendWebhook(platform),
      settleDelivery,
      new ActivateSubscription(store, settleDelivery, database),
    );
    this.#deliverNotification = new DeliverNotification(this.steps, this.endSubscription, platform);
    this.#followSubscription = new FollowSubscription(new HastenDeliveries(platform), platform);
  }

  static async start(): Promise<Calls> {
    const prepared = await preparedDatabase('subscriptions', (url) => migrateServices(url, [subscriptionsService]));
    const url = serviceUrl(prepared.url, name);
    return new Calls(new Database({ url, schema: schemaOf(name), applicationName: 'calls-test' }), prepared.drop);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#receivers.map((receiver) => receiver.stop()));
    await this.database.close();
    await this.drop();
  }

  now(): Date {
    return new Date(Date.now() + this.#ahead);
  }

  putForward(ms: number): void {
    this.#ahead += ms;
  }

  async receiver(answer?: Answer): Promise<WebhookReceiver> {
    const started = await startReceiver(answer);
    this.#receivers.push(started);
    return started;
  }

  /** As its owner writes it, by topic or by criteria; followed at once. */
  async write(resource: Subscription, version = 0): Promise<Stored> {
    const audience = ['moor-practice'];
    const [stored] = await this.store.commit(
      [
        version === 0
          ? { interaction: 'create', resource, audience }
          : { interaction: 'update', resource, audience, version },
      ],
      act,
    );
    if (!stored) throw new Error('It was not written.');
    await this.follow(stored);
    return stored;
  }

  follow({ id, version, content }: Stored): Promise<void> {
    const changed = { id, version, subscription: JSON.parse(content) as Subscription, eventId: randomUUID() };
    return this.database.transaction(everyone, (tx) =>
      this.#followSubscription.execute({ ...changed, correlationId: 'test' }, tx),
    );
  }

  /** Events of resources that were deleted: no owner is asked of them. */
  async queue({ id }: Pick<Stored, 'id'>, count = 1): Promise<void> {
    await this.database.as(everyone).query({
      text: `WITH counted AS (UPDATE channel SET events = events + $2 WHERE subscription_id = $1 RETURNING events)
             INSERT INTO delivery (subscription_id, event_id, correlation_id, created_at, due_at, event_at, number, lane,
               focus_type, focus_id, focus_version, focus_deleted)
             SELECT $1, gen_random_uuid(), 'test', $3, $3, $3, events - $2 + n, 'lane ' || events - $2 + n,
               'HealthcareService', 'one', 2, true
             FROM counted CROSS JOIN generate_series(1, $2::int) AS n`,
      values: [id, count, this.now()],
    });
  }

  async beat({ id }: Pick<Stored, 'id'>): Promise<void> {
    await this.database.as(everyone).query({
      text: `INSERT INTO delivery (subscription_id, kind, lane, event_id, correlation_id, created_at, due_at)
             VALUES ($1, 'heartbeat', 'heartbeat', $2, 'test', $3, $3)`,
      values: [id, randomUUID(), this.now()],
    });
  }

  claim(busy: ReadonlyMap<string, number> = new Map()): Promise<Delivery[]> {
    return this.claimDeliveries.execute(callsInAll - [...busy.values()].reduce((sum, calls) => sum + calls, 0), busy);
  }

  /** Makes every call that is due, one after the other. */
  async callAll(): Promise<void> {
    for (const delivery of await this.claim()) await this.call(delivery);
  }

  async call(delivery: Delivery): Promise<void> {
    await this.#deliverNotification.execute(delivery, () => undefined);
  }

  async channel({ id }: Pick<Stored, 'id'>): Promise<Channel | undefined> {
    const [channel] = await this.database.as(everyone).query<Channel>({
      text: `SELECT version, failing_since AS "failingSince", not_before AS "notBefore" FROM channel
             WHERE subscription_id = $1`,
      values: [id],
    });
    return channel;
  }

  async statusOf({ id }: Pick<Stored, 'id'>): Promise<string | undefined> {
    const stored = await this.store.read('Subscription', id, everyone);
    return stored && (JSON.parse(stored.content) as Subscription).status;
  }
}

export function byCriteria(endpoint: string): Subscription {
  return {
    resourceType: 'Subscription',
    status: 'active',
    reason: 'Hear of activities',
    criteria: 'HealthcareService',
    channel: { type: 'rest-hook', endpoint },
  };
}

export function byTopic(endpoint: string): Subscription {
  const criteria = 'https://ginnel.org.uk/fhir/SubscriptionTopic/capacity-changed';
  return { ...byCriteria(endpoint), status: 'requested', criteria };
}
