import type { Bundle, BundleEntry, FhirResource, Parameters, ParametersParameter } from 'fhir/r4';
import type { ResourceId } from '#fhir';
import { type Content, notificationProfile, statusProfile } from './backport.js';

/** https://hl7.org/fhir/R5/valueset-subscription-notification-type.html */
export type NotificationType = 'handshake' | 'heartbeat' | 'event-notification' | 'query-status' | 'query-event';

/** One event as the Subscription counted it. */
export interface ToldEvent {
  number: number;
  at?: Date | undefined;
  /** What it was about; absent where that may not be told any more. */
  focus?: ResourceId | undefined;
  resource?: FhirResource | undefined;
  /** Of the resource. */
  version?: number | undefined;
}

/** The state of a Subscription in a notification, or as an answer. */
export interface SubscriptionState {
  /** `[base]` */
  baseUrl: string;
  subscriptionId: string;
  /** Canonical; absent where none is, or none is told. */
  topic?: string | undefined;
  status: string;
  type: NotificationType;
  /** How many events there were so far. */
  events: number;
  error?: string | undefined;
}

/** https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/StructureDefinition-backport-subscription-status-r4.html */
export function statusParameters(state: SubscriptionState, told: readonly ToldEvent[] = []): Parameters {
  const { baseUrl, subscriptionId, topic, status, type, events, error } = state;
  return {
    resourceType: 'Parameters',
    meta: { profile: [statusProfile] },
    parameter: [
      { name: 'subscription', valueReference: { reference: `${baseUrl}/Subscription/${subscriptionId}` } },
      ...(topic === undefined ? [] : [{ name: 'topic', valueCanonical: topic }]),
      { name: 'status', valueCode: status },
      { name: 'type', valueCode: type },
      { name: 'events-since-subscription-start', valueString: String(events) },
      ...told.map((event) => eventParameter(event, baseUrl)),
      ...(error === undefined ? [] : [{ name: 'error', valueCodeableConcept: { text: error } }]),
    ],
  };
}

/**
 * A notification, or the answer of `$events`: the state first, then the resources where the content is the full resource.
 * https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/StructureDefinition-backport-subscription-notification-r4.html
 */
export function notificationBundle(
  state: SubscriptionState,
  { told, content, id, now }: { told: readonly ToldEvent[]; content: Content; id: string; now: Date },
): Bundle {
  const events = content === 'empty' ? told.map(({ number, at }) => ({ number, at })) : told;
  const { topic, ...rest } = state;
  const { resourceType, ...status } = statusParameters(content === 'empty' ? rest : { ...rest, topic }, events);
  return {
    resourceType: 'Bundle',
    id,
    meta: { profile: [notificationProfile] },
    type: 'history',
    timestamp: now.toISOString(),
    entry: [
      {
        fullUrl: `urn:uuid:${id}`,
        resource: { resourceType, id, ...status },
        request: { method: 'GET', url: `Subscription/${state.subscriptionId}/$status` },
        response: { status: '200' },
      },
      ...(content === 'full-resource' ? resourceEntries(told, state.baseUrl) : []),
    ],
  };
}

function eventParameter({ number, at, focus }: ToldEvent, baseUrl: string): ParametersParameter {
  return {
    name: 'notification-event',
    part: [
      { name: 'event-number', valueString: String(number) },
      ...(at ? [{ name: 'timestamp', valueInstant: at.toISOString() }] : []),
      ...(focus ? [{ name: 'focus', valueReference: { reference: `${baseUrl}/${focus.type}/${focus.id}` } }] : []),
    ],
  };
}

/** Each resource once, also where several events were about it. */
function resourceEntries(told: readonly ToldEvent[], baseUrl: string): BundleEntry[] {
  const entries = told.flatMap(({ focus, resource, version }) => {
    if (!focus || !resource) return [];
    const address = `${focus.type}/${focus.id}`;
    const isNew = version === 1;
    const entry: BundleEntry = {
      fullUrl: `${baseUrl}/${address}`,
      resource,
      request: { method: isNew ? 'POST' : 'PUT', url: isNew ? focus.type : address },
      response: { status: isNew ? '201' : '200' },
    };
    return [entry];
  });
  return entries.filter(({ fullUrl }, at) => entries.findIndex((other) => other.fullUrl === fullUrl) === at);
}
