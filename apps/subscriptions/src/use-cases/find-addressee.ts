import { Injectable } from '@nestjs/common';
import type { Subscription } from 'fhir/r4';
import { isPermitted, type Role } from '#auth';
import { everyone, organisationsOf } from '#fhir';
import { FhirStore, type Stored } from '#fhir-store';
import { Database } from '#postgres';
import { OwnersRecords, Platform } from '#service';
import type { Delivery } from '../domain/delivery.js';
import { hasEnded } from '../domain/subscription-rules.js';
import { readerOf } from './find-listeners.js';

interface Subscriber {
  client: string;
  /** Who signed in; null of a system. */
  person: string | null;
  /** When it was shown that this may be done, in seconds since 1970; null where that was not noted. */
  provenAt: number | null;
  role: Role;
  scopes: string[] | null;
}

/**
 * `tell`: as it is. `withdrawn`: the event may not be told any more, only that there was one. `held`: the Subscription waits
 * to be answered or is paused. `lapsed`: the rights that it was written with do not stand any more. `cancelled`: nothing is sent.
 */
export type Addressee =
  { may: Exclude<Judged, 'cancelled'> | 'held'; stored: Stored; subscription: Subscription } | { may: 'cancelled' };

type Judged = 'tell' | 'withdrawn' | 'lapsed' | 'cancelled';

const cancelled: Addressee = { may: 'cancelled' };

/** The Subscription that a call is for, and what it may be told: by what holds now, not when it was queued. */
@Injectable()
export class FindAddressee {
  constructor(
    private readonly store: FhirStore,
    private readonly owners: OwnersRecords,
    private readonly database: Database,
    private readonly platform: Platform,
  ) {}

  /** 503 where it cannot be known whether its client was suspended, or the resource's service does not answer: asked again later. */
  async execute(delivery: Delivery): Promise<Addressee> {
    const stored = await this.store.read('Subscription', delivery.subscriptionId, everyone);
    if (!stored || stored.deleted) return cancelled;
    const subscription = JSON.parse(stored.content) as Subscription;
    const { status } = subscription;
    if (status === 'off' || hasEnded(subscription, this.platform.now())) return cancelled;
    if (delivery.kind === 'handshake')
      return status === 'requested' ? { may: 'tell', stored, subscription } : cancelled;
    if (status !== 'active') return { may: 'held', stored, subscription };
    const may = await this.#may(delivery, stored);
    return may === 'cancelled' ? cancelled : { may, stored, subscription };
  }

  async #may(delivery: Delivery, stored: Stored): Promise<Judged> {
    const subscriber = await this.#subscriberOf(stored);
    const ended = subscriber && (await this.#endOf(subscriber));
    if (ended) return ended;
    if (delivery.kind === 'heartbeat') return 'tell';
    return (await this.#mayTell(delivery, stored, subscriber)) ? 'tell' : 'withdrawn';
  }

  /** What those who issue tokens say of it now. Rights of which nobody noted when they were shown are older than any change. */
  async #endOf({ client, person, provenAt }: Subscriber): Promise<'cancelled' | 'lapsed' | undefined> {
    const { issuers } = this.platform.authenticator;
    if (!issuers) return undefined;
    if (await issuers.isSuspended(client)) return 'cancelled';
    const rights = { client, user: person ?? undefined, provenAt: provenAt ?? 0 };
    return (await issuers.hasLapsed(rights)) ? 'lapsed' : undefined;
  }

  async #mayTell(delivery: Delivery, stored: Stored, subscriber: Subscriber | undefined): Promise<boolean> {
    const { focus, persons } = delivery;
    // It was erased.
    if (!focus) return false;
    if (subscriber && !mayRead(subscriber, focus.type)) return false;
    // A Consent came while it waited.
    if ((await this.store.withholdings.among(organisationsOf(stored.audience), persons)).length > 0) return false;
    if (focus.deleted) return true;
    const found = await this.owners.read([{ type: focus.type, id: focus.id }], readerOf(stored));
    return found.length > 0;
  }

  /** Who wrote it. What Ginnel itself wrote (it turns one off) has no line; the line before holds. */
  async #subscriberOf({ id, version }: Stored): Promise<Subscriber | undefined> {
    const [subscriber] = await this.database.as(everyone).query<Subscriber>({
      name: 'subscriber-find',
      text: `SELECT client, person, role, scopes,
               extract(epoch FROM coalesce(issued_at, noted_at))::float8 AS "provenAt"
             FROM subscriber WHERE subscription_id = $1 AND version <= $2 ORDER BY version DESC LIMIT 1`,
      values: [id, version],
    });
    return subscriber;
  }
}

/** The policy lets its role and scopes read the type. */
function mayRead({ role, scopes }: Subscriber, type: string): boolean {
  const caller = { role, ...(scopes ? { scopes } : {}) };
  return (['read', 'search'] as const).every((interaction) => isPermitted(caller, { interaction, type }));
}
