import { error, type Issue, parseDateTime } from '#fhir';
import { serviceRequestIdOf, type Message } from '../message.js';
import { type KnownServiceRequest, type MessageContext } from '../message-context.js';
import { kindOf, type MessageKind } from '../workflow.js';

const open: Partial<Record<MessageKind, readonly KnownServiceRequest['status'][]>> = {
  // on-hold: a wait is not an end, and the requester may still change their mind
  cancellation: ['active', 'on-hold'],
  update: ['active', 'on-hold'],
};

/** What has ended cannot be ended or changed again, and an older message never overrides a newer one. */
export function serviceRequestIsOpen(message: Message, { known }: MessageContext): Issue[] {
  const { serviceRequest, bundle } = message;
  const allowed = open[kindOf(message) ?? 'response'];
  const id = serviceRequestIdOf(message);
  const stored = known.serviceRequest(id ?? '');
  if (serviceRequest === undefined || allowed === undefined || stored === undefined) return [];
  if (!allowed.includes(stored.status)) {
    return [error('conflict', `The ServiceRequest is ${stored.status} here.`, `${serviceRequest.path}.status`)];
  }
  if (!isOlder(bundle.timestamp, stored.asOf)) return [];
  return [error('conflict', 'A newer message about this ServiceRequest was applied before.', 'Bundle.timestamp')];
}

function isOlder(timestamp: string | undefined, asOf: string | undefined): boolean {
  return timestamp !== undefined && asOf !== undefined && parseDateTime(timestamp) < parseDateTime(asOf);
}
