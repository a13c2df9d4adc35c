import { error, type Issue } from '#fhir';
import { type Message } from '../message.js';
import { kindOf, workflows } from '../workflow.js';

/** Event, reason, category and ServiceRequest.status make one row of the decision table, or the message has no meaning. */
export function workflowIsKnown(message: Message): Issue[] {
  const { reason, category, serviceRequest } = message;
  if (message.event !== 'servicerequest-request' || serviceRequest === undefined) return [];
  const kind = kindOf(message);
  const { status } = serviceRequest.resource;
  const expression = `${serviceRequest.path}.status`;
  if (kind === undefined || kind === 'response') {
    const combination = `reason ${String(reason)} with category ${String(category)} and ServiceRequest.status ${status}`;
    return [error('invariant', `There is no workflow for ${combination}.`, expression)];
  }
  const allowed = workflows[kind].serviceRequest;
  if (allowed.includes(status)) return [];
  return [error('invariant', `ServiceRequest.status is ${status}; a ${kind} has ${allowed.join(' or ')}.`, expression)];
}
