import type { Bundle, Parameters, ParametersParameter, Subscription } from 'fhir/r4';
import type { Received } from './webhook-receiver.js';

const backport = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition';

export interface TopicWish {
  content?: string;
  filters?: readonly string[];
  heartbeat?: number;
  header?: string[];
  secrets?: readonly string[];
}

/** A Subscription to one of Ginnel's topics. */
export function topicSubscription(
  code: string,
  endpoint: string,
  { content, filters = [], heartbeat, header, secrets = [] }: TopicWish = {},
): Subscription {
  const extension = [
    ...(heartbeat === undefined ? [] : [{ url: `${backport}/backport-heartbeat-period`, valueUnsignedInt: heartbeat }]),
    ...secrets.map((valueString) => ({
      url: 'https://ginnel.org.uk/fhir/StructureDefinition/webhook-secret',
      valueString,
    })),
  ];
  return {
    resourceType: 'Subscription',
    status: 'requested',
    reason: 'Hear of it',
    criteria: `https://ginnel.org.uk/fhir/SubscriptionTopic/${code}`,
    ...(filters.length === 0
      ? {}
      : {
          _criteria: {
            extension: filters.map((valueString) => ({ url: `${backport}/backport-filter-criteria`, valueString })),
          },
        }),
    channel: {
      type: 'rest-hook',
      endpoint,
      payload: 'application/fhir+json',
      ...(content === undefined
        ? {}
        : { _payload: { extension: [{ url: `${backport}/backport-payload-content`, valueCode: content }] } }),
      ...(header ? { header } : {}),
      ...(extension.length === 0 ? {} : { extension }),
    },
  };
}

/** What a notification or the answer of `$events` says, in few words. */
export interface Notice {
  type: string | undefined;
  status: string | undefined;
  /** How many there were so far. */
  events: number;
  told: { number: number; focus?: string }[];
  /** `Type/id` of the resources in it. */
  resources: string[];
}

export function noticeIn(bundle: Bundle): Notice {
  const { parameter = [] } = bundle.entry?.[0]?.resource as Parameters;
  const one = (name: string): ParametersParameter | undefined => parameter.find((each) => each.name === name);
  return {
    type: one('type')?.valueCode,
    status: one('status')?.valueCode,
    events: Number(one('events-since-subscription-start')?.valueString),
    told: parameter.filter(({ name }) => name === 'notification-event').map(toldIn),
    resources: (bundle.entry ?? [])
      .slice(1)
      .map(({ resource }) => `${resource?.resourceType ?? ''}/${resource?.id ?? ''}`),
  };
}

export function noticesIn(received: readonly Received[]): Notice[] {
  return received.map(({ body }) => noticeIn(JSON.parse(body) as Bundle));
}

/** Without handshakes and heartbeats. */
export function eventsIn(received: readonly Received[]): Notice[] {
  return noticesIn(received).filter(({ type }) => type === 'event-notification');
}

function toldIn({ part = [] }: ParametersParameter): { number: number; focus?: string } {
  const focus = part.find(({ name }) => name === 'focus')?.valueReference?.reference;
  return {
    number: Number(part.find(({ name }) => name === 'event-number')?.valueString),
    ...(focus === undefined ? {} : { focus: focus.split('/').slice(-2).join('/') }),
  };
}
