import { Injectable } from '@nestjs/common';
import type { FhirResource, Subscription } from 'fhir/r4';
import { isPermitted } from '#auth';
import { error, FhirError, parseJson } from '#fhir';
import {
  type FhirRequest,
  type FhirResponse,
  Operation,
  type OperationDefinition,
  operationParametersOf,
} from '#fhir-server';
import { FhirStore, type Stored } from '#fhir-store';
import { OwnersRecords, Platform } from '#service';
import { type Content, contents } from '../domain/backport.js';
import { notificationBundle, type ToldEvent } from '../domain/notification.js';
import { namesTopic } from '../domain/topics.js';
import { wishOf } from '../domain/wish.js';
import { CountDeliveries } from '../use-cases/count-deliveries.js';
import { type CountedEvent, FindEvents } from '../use-cases/find-events.js';
import { rangeOf, rangeParameters } from './event-range.js';
import { seenSubscription } from './own-subscription.js';

const atMost = 500;
/** Of resources in one answer: what holds them is asked for them at once, and its answer is one message of the broker. */
const bytesAtMost = 2 * 1024 * 1024;

/**
 * `Subscription/:id/$events`: what happened in the last 30 days, told or not, with what the caller may read now.
 * https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/OperationDefinition-backport-subscription-events.html
 */
@Injectable()
export class SubscriptionEventsOperation extends Operation {
  readonly definition: OperationDefinition = {
    code: 'events',
    title: 'Events of a Subscription',
    description:
      'The events that a Subscription counted in the last 30 days, by number, at most 500, fewer where their resources are ' +
      'large: the first in the range. What an event was about is named, and with the content full-resource shown as it is now, where the caller may read it.',
    system: false,
    types: ['Subscription'],
    type: false,
    instance: true,
    methods: ['GET', 'POST'],
    affectsState: false,
    parameters: [
      ...rangeParameters,
      { name: 'content', use: 'in', min: 0, max: '1', type: 'code', documentation: 'empty, id-only or full-resource.' },
      { name: 'return', use: 'out', min: 1, max: '1', type: 'Bundle', documentation: 'As a notification.' },
    ],
  };

  constructor(
    private readonly store: FhirStore,
    private readonly findEvents: FindEvents,
    private readonly countDeliveries: CountDeliveries,
    private readonly owners: OwnersRecords,
    private readonly platform: Platform,
  ) {
    super();
  }

  async execute(request: FhirRequest): Promise<FhirResponse> {
    const parameters = operationParametersOf(request, this.definition);
    const { stored, subscription } = await seenSubscription(this.store, request);
    const content = contentAsked(parameters.text('content'), subscription);
    const events = await this.findEvents.execute(stored.id, rangeOf(parameters), atMost);
    const told = content === 'empty' ? events.map(bare) : await this.#readable(events, content, request);
    const { baseUrl } = this.platform.settings;
    const { criteria, status } = subscription;
    const state = {
      ...{ baseUrl, subscriptionId: stored.id, status, type: 'query-event' as const },
      topic: namesTopic(criteria) ? criteria : undefined,
      events: (await this.countDeliveries.execute(stored.id)).events,
    };
    const parts = { told, content, id: this.platform.newId(), now: this.platform.now() };
    return { status: 200, resource: notificationBundle(state, parts) };
  }

  /** What the caller may not read now keeps its number and nothing else. Ends before the first whose resource does not fit. */
  async #readable(events: readonly CountedEvent[], content: Content, { caller }: FhirRequest): Promise<ToldEvent[]> {
    const asked = events.flatMap(({ focus }) =>
      focus && isPermitted(caller, { interaction: 'read', type: focus.type }) ? [focus] : [],
    );
    const addresses = new Map(asked.map(({ type, id }) => [`${type}/${id}`, { type, id }]));
    const isFull = content === 'full-resource';
    const found = await this.owners.readUpTo(isFull ? bytesAtMost : 0, [...addresses.values()], caller.audience);
    const known = new Map(found.map((one) => [`${one.type}/${one.id}`, one]));
    const told = events.map((event) => ({ ...bare(event), ...seen(known.get(addressOf(event))) }));
    const end = isFull ? told.findIndex(({ focus, resource }) => focus && !resource) : -1;
    return end > 0 ? told.slice(0, end) : told;
  }
}

function addressOf({ focus }: CountedEvent): string {
  return focus ? `${focus.type}/${focus.id}` : '';
}

function bare({ number, at }: CountedEvent): ToldEvent {
  return { number, at };
}

function seen(stored: Stored | undefined): Pick<ToldEvent, 'focus' | 'resource' | 'version'> {
  if (!stored || stored.deleted) return {};
  const { type, id, version, content } = stored;
  const resource = content === '' ? undefined : (parseJson(content) as FhirResource);
  return { focus: { type, id }, version, resource };
}

function contentAsked(asked: string | undefined, subscription: Subscription): Content {
  const content = asked ?? (namesTopic(subscription.criteria) ? wishOf(subscription).content : 'id-only');
  if (contents.includes(content as Content)) return content as Content;
  throw new FhirError([error('value', `The content is one of ${contents.join(', ')}.`)]);
}
