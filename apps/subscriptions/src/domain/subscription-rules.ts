import type { Subscription } from 'fhir/r4';
import { error, FhirError, type Issue } from '#fhir';
import { heartbeatOf } from './backport.js';
import { backportIssues } from './backport-rules.js';
import { headerIssues } from './channel-headers.js';
import { endpointIssues } from './endpoint.js';
import { secretIssues } from './webhook-secret.js';
import { wishOf } from './wish.js';

export const payloadType = 'application/fhir+json';
const shortestHeartbeat = 60;

/** What keeps a Subscription from becoming active. https://hl7.org/fhir/R4/subscription.html */
export function subscriptionIssues(subscription: Subscription, webhookHosts: readonly string[]): Issue[] {
  const { channel } = subscription;
  return [
    ...wishIssues(subscription),
    ...backportIssues(subscription),
    ...channelIssues(channel),
    ...endpointIssues(channel.endpoint, webhookHosts),
    ...headerIssues(channel.header),
    ...heartbeatIssues(subscription),
    ...secretIssues(subscription),
  ];
}

/** Its time is over. */
export function hasEnded({ end }: Subscription, now: Date): boolean {
  return end !== undefined && Date.parse(end) <= now.getTime();
}

/** The same in another state. `error` is the server's word, never the client's. */
export function inStatus(subscription: Subscription, status: Subscription['status'], reason?: string): Subscription {
  const rest = { ...subscription };
  delete rest.error;
  return { ...rest, status, ...(reason === undefined ? {} : { error: reason }) };
}

function wishIssues(subscription: Subscription): readonly Issue[] {
  try {
    wishOf(subscription);
    return [];
  } catch (fault) {
    if (fault instanceof FhirError) return fault.issues;
    throw fault;
  }
}

function channelIssues({ type, payload }: Subscription['channel']): Issue[] {
  const issues: Issue[] = [];
  if (type !== 'rest-hook') {
    issues.push(error('not-supported', "The only channel is 'rest-hook'.", 'Subscription.channel.type'));
  }
  if (payload !== undefined && payload !== payloadType) {
    const diagnostics = `The payload is '${payloadType}', or absent for a notification without one.`;
    issues.push(error('not-supported', diagnostics, 'Subscription.channel.payload'));
  }
  return issues;
}

function heartbeatIssues(subscription: Subscription): Issue[] {
  const seconds = heartbeatOf(subscription);
  if (seconds === undefined || seconds >= shortestHeartbeat) return [];
  const diagnostics = `A heartbeat comes every ${String(shortestHeartbeat)} seconds at the most often.`;
  return [error('value', diagnostics, 'Subscription.channel.extension')];
}
