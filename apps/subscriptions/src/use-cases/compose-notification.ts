import { Injectable } from '@nestjs/common';
import type { FhirResource, Subscription } from 'fhir/r4';
import { ownerOf, parseJson, stringifyJson } from '#fhir';
import { OwnersRecords, Platform } from '#service';
import type { Content } from '../domain/backport.js';
import type { Delivery } from '../domain/delivery.js';
import { notificationBundle, type NotificationType, type ToldEvent } from '../domain/notification.js';
import { namesTopic } from '../domain/topics.js';
import { wishOf } from '../domain/wish.js';

const types: Readonly<Record<Delivery['kind'], NotificationType>> = {
  event: 'event-notification',
  handshake: 'handshake',
  heartbeat: 'heartbeat',
};

/** The body of one call: the resource itself by R4's own way, a Bundle where a topic was asked for. */
@Injectable()
export class ComposeNotification {
  constructor(
    private readonly owners: OwnersRecords,
    private readonly platform: Platform,
  ) {}

  /**
   * @param isWithdrawn where the event may not be told any more
   * @returns '' for a notification without payload
   */
  async execute(subscription: Subscription, delivery: Delivery, isWithdrawn: boolean): Promise<string> {
    const isEvent = delivery.kind === 'event';
    const content = isEvent ? wishOf(subscription).content : 'id-only';
    const resource =
      isEvent && !isWithdrawn && content === 'full-resource' ? await this.#resource(delivery) : undefined;
    if (!namesTopic(subscription.criteria)) return resource ?? '';
    const told = isEvent ? [toldOf(delivery, isWithdrawn, resource)] : [];
    return stringifyJson(this.#bundle(subscription, delivery, { told, content }));
  }

  #bundle(subscription: Subscription, delivery: Delivery, parts: { told: ToldEvent[]; content: Content }) {
    const { subscriptionId, kind, events } = delivery;
    const { status, criteria } = subscription;
    const { baseUrl } = this.platform.settings;
    const state = { baseUrl, subscriptionId, topic: criteria, status, type: types[kind], events };
    return notificationBundle(state, { ...parts, id: delivery.eventId, now: this.platform.now() });
  }

  /** The version as its event held it; where that was forgotten, as its service has it. */
  async #resource({ payload, focus }: Delivery): Promise<string | undefined> {
    if (payload !== null) return payload;
    const owner = focus ? ownerOf(focus.type) : undefined;
    if (!focus || focus.deleted || owner === undefined) return undefined;
    const { type, id, version } = focus;
    const { content } = await this.owners.version(owner, { type, id, version });
    return content === '' ? undefined : content;
  }
}

function toldOf({ number, eventAt, focus }: Delivery, isWithdrawn: boolean, resource: string | undefined): ToldEvent {
  return {
    number: number ?? 0,
    at: eventAt ?? undefined,
    ...(isWithdrawn || !focus ? {} : { focus, version: focus.version }),
    ...(resource === undefined ? {} : { resource: parseJson(resource) as FhirResource }),
  };
}
