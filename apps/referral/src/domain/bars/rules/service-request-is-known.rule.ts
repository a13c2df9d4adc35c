import { error, type Issue } from '#fhir';
import { serviceRequestIdOf, type Message } from '../message.js';
import { type MessageContext } from '../message-context.js';
import { kindOf } from '../workflow.js';

/** A cancellation or an update names the ServiceRequest that the sender read here. */
export function serviceRequestIsKnown(message: Message, { known }: MessageContext): Issue[] {
  const { serviceRequest } = message;
  const kind = kindOf(message);
  if (serviceRequest === undefined || (kind !== 'cancellation' && kind !== 'update')) return [];
  const id = serviceRequestIdOf(message);
  if (known.serviceRequest(id ?? '') !== undefined) return [];
  const said = `This server has no such ServiceRequest; read it first and send the ${kind} with its id.`;
  return [error('not-found', said, `${serviceRequest.path}.id`)];
}
