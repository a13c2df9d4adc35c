import type { Element, Extension, Subscription } from 'fhir/r4';

/** https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/StructureDefinition-backport-subscription.html */
const definitions = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition';
export const filterExtension = `${definitions}/backport-filter-criteria`;
export const contentExtension = `${definitions}/backport-payload-content`;
export const heartbeatExtension = `${definitions}/backport-heartbeat-period`;
export const timeoutExtension = `${definitions}/backport-timeout`;
export const topicExtension = `${definitions}/capabilitystatement-subscriptiontopic-canonical`;
export const subscriptionProfile = `${definitions}/backport-subscription`;
export const notificationProfile = `${definitions}/backport-subscription-notification-r4`;
export const statusProfile = `${definitions}/backport-subscription-status-r4`;

export const contents = ['empty', 'id-only', 'full-resource'] as const;
/** How much of what happened a notification tells. */
export type Content = (typeof contents)[number];

/** Criteria and payload as the backport extends them. */
type Extended = Subscription & { _criteria?: Element; channel: { _payload?: Element } };

export function criteriaExtensions(subscription: Subscription): Extension[] {
  return (subscription as Extended)._criteria?.extension ?? [];
}

export function filtersOf(subscription: Subscription): string[] {
  return valuesOf((subscription as Extended)._criteria, filterExtension).map(({ valueString }) => valueString ?? '');
}

/** As it was sent; undefined where it was not. */
export function contentSent(subscription: Subscription): string | undefined {
  const [extension] = valuesOf((subscription as Extended).channel._payload, contentExtension);
  return extension && (extension.valueCode ?? '');
}

/** In seconds. */
export function heartbeatOf({ channel }: Subscription): number | undefined {
  return valuesOf(channel, heartbeatExtension)[0]?.valueUnsignedInt;
}

export function heartbeatSent({ channel }: Subscription): boolean {
  return valuesOf(channel, heartbeatExtension).length > 0;
}

/** In seconds. */
export function timeoutOf({ channel }: Subscription): number | undefined {
  return valuesOf(channel, timeoutExtension)[0]?.valueUnsignedInt;
}

export function valuesOf(element: { extension?: Extension[] | undefined } | undefined, url: string): Extension[] {
  return (element?.extension ?? []).filter((extension) => extension.url === url);
}
