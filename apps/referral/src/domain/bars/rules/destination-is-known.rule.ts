import { error, type Issue } from '#fhir';
import { type Message } from '../message.js';
import { type MessageContext } from '../message-context.js';
import { serviceAddressOf } from '../service-address.js';

/** Not asked of an answer: what it answers says where it belongs. */
export function destinationIsKnown({ header, event }: Message, { services }: MessageContext): Issue[] {
  if (event !== 'servicerequest-request' && event !== 'booking-request') return [];
  const address = serviceAddressOf(header.resource.destination?.[0]?.endpoint);
  if (address !== undefined && services(address) !== undefined) return [];
  const expression = `${header.path}.destination[0].endpoint`;
  return [error('not-found', 'The destination is no service of this server.', expression)];
}
