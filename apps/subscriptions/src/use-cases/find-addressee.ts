import { Injectable } from '@nestjs/common';
import type { Subscription } from 'fhir/r4';
import { isPermitted, type Role } from '#auth';
import { everyone, organisationsOf } from '#fhir';
import { FhirStore, type Stored } from '#fhir-store';
import { Database } from '#postgres';
import { Platform } from '#service';
import type { Delivery } from '../domain/delivery.js';
import { hasEnded } from '../domain/subscription-rules.js';

interface Subscriber {
  client: string;
  role: Role;
  scopes: string[] | null;
}

/** The Subscription that a notification is for, as long as it is to be told: by what holds now, not when it was queued. */
@Injectable()
export class FindAddressee {
  constructor(
    private readonly store: FhirStore,
    private readonly database: Database,
    private readonly platform: Platform,
  ) {}

  /** 503 where it cannot be known whether its client was suspended: it is asked again later. */
  async execute({
    subscriptionId,
    persons,
  }: Delivery): Promise<{ stored: Stored; subscription: Subscription } | undefined> {
    const stored = await this.store.read('Subscription', subscriptionId, everyone);
    if (!stored || stored.deleted) return undefined;
    const subscription = JSON.parse(stored.content) as Subscription;
    if (subscription.status !== 'active' || hasEnded(subscription, this.platform.now())) return undefined;
    if (await this.#isWithheld(stored, persons)) return undefined;
    const [type = ''] = subscription.criteria.split('?', 1);
    return (await this.#mayRead(stored, type)) ? { stored, subscription } : undefined;
  }

  /** A Consent came while it waited. */
  async #isWithheld({ audience }: Stored, persons: Delivery['persons']): Promise<boolean> {
    return (await this.store.withholdings.among(organisationsOf(audience), persons)).length > 0;
  }

  /**
   * Its client was not suspended or removed, and the policy lets its role and scopes read the type. What Ginnel itself wrote
   * (it turns one off) has no line; the line before holds.
   */
  async #mayRead({ id, version }: Stored, type: string): Promise<boolean> {
    const [subscriber] = await this.database.as(everyone).query<Subscriber>({
      name: 'subscriber-find',
      text: `SELECT client, role, scopes FROM subscriber WHERE subscription_id = $1 AND version <= $2
             ORDER BY version DESC LIMIT 1`,
      values: [id, version],
    });
    if (!subscriber) return true;
    const { client, role, scopes } = subscriber;
    const caller = { role, ...(scopes ? { scopes } : {}) };
    const may = (['read', 'search'] as const).every((interaction) => isPermitted(caller, { interaction, type }));
    return may && (await this.platform.authenticator.issuers?.isSuspended(client)) !== true;
  }
}
